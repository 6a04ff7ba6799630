"""What can be known about the program without being told, and without importing anything."""

from __future__ import annotations

import json
import os
import sys

# Loading `typing` would cost more than starting a run.
TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

# Module name to the name under which the package is known.
FRAMEWORKS = {
    "accelerate": "accelerate",
    "catboost": "catboost",
    "cupy": "cupy",
    "datasets": "datasets",
    "diffusers": "diffusers",
    "flax": "flax",
    "jax": "jax",
    "jaxlib": "jaxlib",
    "keras": "keras",
    "lightgbm": "lightgbm",
    "lightning": "lightning",
    "numpy": "numpy",
    "optax": "optax",
    "pandas": "pandas",
    "peft": "peft",
    "polars": "polars",
    "pyspark": "pyspark",
    "pytorch_lightning": "pytorch-lightning",
    "ray": "ray",
    "scipy": "scipy",
    "sentence_transformers": "sentence-transformers",
    "sklearn": "scikit-learn",
    "tensorflow": "tensorflow",
    "timm": "timm",
    "tokenizers": "tokenizers",
    "torch": "torch",
    "torchvision": "torchvision",
    "transformers": "transformers",
    "xgboost": "xgboost",
}


def versions() -> dict[str, str]:
    """The interpreter and the frameworks that the program has imported, with their versions."""
    found = {"python": sys.version.split()[0], "python_implementation": sys.implementation.name}
    for module_name, package_name in FRAMEWORKS.items():
        version = _text(sys.modules.get(module_name), "__version__")
        if version is not None:
            found[package_name] = version
    build = getattr(sys.modules.get("torch"), "version", None)
    for platform in ("cuda", "hip"):
        version = _text(build, platform)
        if version is not None:
            found[f"torch_{platform}"] = version
    return found


def program() -> tuple[str | None, str | None]:
    """The path of the program, and the identity of a notebook's code.

    A module that was started with `-m` is its file; a program without a file has no path.
    """
    notebook = _notebook()
    if notebook is not None:
        return notebook
    return _text(sys.modules.get("__main__"), "__file__"), None


def is_interactive() -> bool:
    """Whether a person types at this interpreter, so that an error does not end the program."""
    return hasattr(sys, "ps1") or "ipykernel" in sys.modules or sys.flags.interactive != 0


def _notebook() -> tuple[str, str] | None:
    """A notebook's path and the hash of its code cells; None outside of one."""
    ipython = sys.modules.get("IPython")
    get_shell = getattr(ipython, "get_ipython", None)
    if get_shell is None or "ipykernel" not in sys.modules:
        return None
    try:
        namespace: dict[str, Any] = getattr(get_shell(), "user_ns", {})
    except Exception:
        return None
    path = _notebook_path(namespace)
    cells = _saved_cells(path) if path is not None else None
    if cells is None:
        # What was executed, as far as it is known to the kernel.
        cells = [str(cell) for cell in namespace.get("In", [])]
    content = json.dumps([cell.strip() for cell in cells if cell.strip()])
    digest = _sha256(content.encode("utf-8", "replace"))
    return path or "<notebook>", f"sha256:{digest}"


def _notebook_path(namespace: dict[str, Any]) -> str | None:
    for candidate in (namespace.get("__vsc_ipynb_file__"), os.environ.get("JPY_SESSION_NAME")):
        if isinstance(candidate, str) and candidate.endswith(".ipynb"):
            return candidate
    return None


def _saved_cells(path: str) -> list[str] | None:
    try:
        with open(path, encoding="utf-8") as file:
            cells = json.load(file)["cells"]
        return ["".join(cell["source"]) for cell in cells if cell.get("cell_type") == "code"]
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return None


def _text(owner: object, name: str) -> str | None:
    """An attribute, where reading it is harmless and gives a text."""
    if owner is None:
        return None
    try:
        value = getattr(owner, name, None)
    except Exception:
        return None
    return value if isinstance(value, str) else None


def _sha256(content: bytes) -> str:
    # Loaded when needed: OpenSSL takes longer to load than a run to start.
    import hashlib

    return hashlib.sha256(content).hexdigest()
