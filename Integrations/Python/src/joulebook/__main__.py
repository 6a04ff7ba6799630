"""`python -m joulebook`: the same command as `joulebook`."""

from ._command import main

if __name__ == "__main__":
    raise SystemExit(main())
