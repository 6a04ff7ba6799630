"""Ledgers behind URLs, such as those of object stores: which there are, and who asks for them.

For whoever reads them they become local files, under names of ours, because theirs may be anything
(`_object_files`); whatever is told of such a file is told of its URL.
"""

from __future__ import annotations

import glob
import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple

_SEGMENT = re.compile(r"(.*)\.[0-9]{1,10}\.joule", re.DOTALL)
# Options that an error may tell.
_HARMLESS = ("endpoint_url", "region_name", "addressing_style")

Options = dict[str, Any]


class Object(NamedTuple):
    """An object of a store, or a file of another file system."""

    # As people are told.
    url: str
    # What was asked for, which leads to the file system, and the path there.
    asked: str
    path: str
    size: int


def is_url(name: str) -> bool:
    """Whether a path is one of fsspec, rather than of the machine."""
    return "://" in name and not name.startswith("file://")


# Which there are


def listed(names: Iterable[str], options: Options) -> tuple[dict[str, Object], bool]:
    """The ledgers at some URLs by the names of their local files, and whether one was asked for.

    Objects, prefixes of them ("directories") and patterns. Raises FileNotFoundError where a URL
    leads to nothing, ImportError where a package is missing, and OSError where a store refuses.
    """
    found: dict[str, Object] = {}
    single = []
    for asked in names:
        with asking(shown(asked), options):
            files, path = _files(asked, options)
        scheme = asked.partition("://")[0]
        for place, size in files.items():
            url = shown(place if "://" in place else f"{scheme}://{place}")
            found[url] = Object(url, asked, place, size)
        single.append(path in files and len(files) == 1)
    return dict(_local_names(found)), single == [True]


def _files(asked: str, options: Options) -> tuple[dict[str, int], str]:
    """Sizes of files by their paths, and the path that was asked for."""
    fs, path = file_system(asked, options)
    fs.invalidate_cache()
    files = _below(fs, path)
    if not files and not fs.exists(path):
        matches = sorted(fs.glob(path)) if glob.has_magic(path) else []
        if not matches:
            raise FileNotFoundError(path)
        for match in matches:
            files |= _below(fs, match)
    return files, path


def _below(fs: Any, path: str) -> dict[str, int]:
    """A file, or the ledgers and rings below a directory."""
    files = fs.find(path, detail=True)
    if path in files:
        return {path: files[path].get("size") or fs.size(path) or 0}
    return {
        place: one.get("size") or 0
        for place, one in files.items()
        if place.endswith((".joule", ".joule.ring"))
        and ".claims" not in place.removeprefix(path).split("/")
    }


def _local_names(found: dict[str, Object]) -> Iterator[tuple[str, Object]]:
    """A number for each ledger, by the order of URLs; its segments and its ring lie beside it."""
    bases = {url: _base(url, found) for url in found}
    numbers = {base: number for number, base in enumerate(sorted(set(bases.values())))}
    for url, base in bases.items():
        is_part = url != base and url.startswith(base.removesuffix(".joule"))
        ending = url[len(base.removesuffix(".joule")) :] if is_part else ".joule"
        yield f"{numbers[base]:09}{ending}", found[url]


def _base(url: str, found: dict[str, Object]) -> str:
    """The ledger's first file."""
    ledger = url.removesuffix(".ring")
    segment = _SEGMENT.fullmatch(ledger)
    first = f"{segment[1]}.joule" if segment else ledger
    return first if first in found else ledger if ledger in found else url


def ledger_of(name: str) -> str:
    """What the local files of one ledger have in common."""
    return name.partition(".")[0]


# Who is asked


def file_system(asked: str, options: Options) -> tuple[Any, str]:
    try:
        from fsspec.core import url_to_fs
    except ImportError:
        raise ImportError("fsspec is not installed") from None
    fs, path = url_to_fs(asked, **options)
    return fs, str(path)


@contextmanager
def asking(url: str, options: Options) -> Iterator[None]:
    """Errors of a store as ours, which name the URL and no credentials."""
    try:
        yield
    except FileNotFoundError:
        raise FileNotFoundError(f"{url}: there is no such ledger or directory") from None
    except ImportError as error:
        raise ImportError(
            f"{url}: fsspec and a package for such URLs are needed, for S3 s3fs: "
            f"pip install fsspec s3fs ({error})"
        ) from None
    except Exception as error:
        reason = " ".join(f"{type(error).__name__}: {error}".split())
        for secret in _secrets(options):
            reason = reason.replace(secret, "…")
        raise OSError(
            f"{url}: cannot be read there ({reason[:500]}); say who asks and where by the option "
            "storage_options or in the environment of every worker"
        ) from None


def _secrets(options: Options) -> list[str]:
    """Texts of options that may be some; the longest first, since one may hold another."""
    found = []
    for name, value in options.items():
        if isinstance(value, dict):
            found += _secrets(value)
        elif isinstance(value, str) and len(value) > 3 and name not in _HARMLESS:
            found.append(value)
    return sorted(found, key=len, reverse=True)


def shown(url: str) -> str:
    """Without what may be a password or a signature."""
    scheme, _, rest = url.partition("://")
    host, slash, path = rest.partition("/")
    if scheme in ("http", "https"):
        path = path.partition("?")[0]
    return f"{scheme}://{host.rpartition('@')[2]}{slash}{path}"
