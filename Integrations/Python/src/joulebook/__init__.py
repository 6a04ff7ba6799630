"""Energy per training epoch, in a ledger that survives a crash.

    import joulebook

    with joulebook.start("digits-mlp", config={"lr": 0.1, "seed": 0}) as run:
        for epoch in run.epochs(20):
            ...
            epoch.log(loss=0.29, accuracy=0.93)

Importing this package does nothing: what a name needs is loaded when it is first used.
"""

from __future__ import annotations

from importlib import import_module

# Type checkers know this name; importing `typing` for it would cost more than all of this file.
TYPE_CHECKING = False

if TYPE_CHECKING:
    from ._data import Fingerprint as Fingerprint
    from ._errors import DuplicateRunError as DuplicateRunError
    from ._errors import LedgerWarning as LedgerWarning
    from ._fingerprint import fingerprint as fingerprint
    from ._open import Ledgers as Ledgers
    from ._open import Table as Table
    from ._open import open as open
    from ._query import audit as audit
    from ._query import check as check
    from ._query import forecast as forecast
    from ._query import lifecycle as lifecycle
    from ._query import show as show
    from ._query import sweep as sweep
    from ._readset import Config as Config
    from ._run import Epoch as Epoch
    from ._run import Phase as Phase
    from ._run import Run as Run
    from ._run import StepRange as StepRange
    from ._start import start as start

__version__ = "0.1.0"

_HOMES = {
    "Config": "_readset",
    "DuplicateRunError": "_errors",
    "Epoch": "_run",
    "Fingerprint": "_data",
    "LedgerWarning": "_errors",
    "Ledgers": "_open",
    "Phase": "_run",
    "Run": "_run",
    "StepRange": "_run",
    "Table": "_open",
    "audit": "_query",
    "check": "_query",
    "fingerprint": "_fingerprint",
    "forecast": "_query",
    "lifecycle": "_query",
    "open": "_open",
    "show": "_query",
    "start": "_start",
    "sweep": "_query",
}

__all__ = [
    "Config",
    "DuplicateRunError",
    "Epoch",
    "Fingerprint",
    "LedgerWarning",
    "Ledgers",
    "Phase",
    "Run",
    "StepRange",
    "Table",
    "audit",
    "check",
    "fingerprint",
    "forecast",
    "lifecycle",
    "open",
    "show",
    "start",
    "sweep",
]


def __getattr__(name: str) -> object:
    home = _HOMES.get(name)
    if home is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value: object = getattr(import_module(f"{__name__}.{home}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
