"""The extension; its status numbers are those of `joulebook.h`."""

from collections.abc import Mapping
from typing import SupportsFloat, SupportsIndex

version: str

class Run:
    def log(
        self,
        metrics: Mapping[str, SupportsFloat | SupportsIndex] = ...,
        /,
        *,
        step: SupportsIndex | None = None,
        **values: SupportsFloat | SupportsIndex,
    ) -> None:
        """Keeps the metrics of one step.

        Steps may repeat and go backwards; without one, the number after the last is taken. NaN and
        infinities are kept. Nothing is raised: a value that is not a number is left out, counted,
        and named once on standard error; after the end of the run nothing is kept, and one Python
        warning says so.
        """

    def _start(self, options: str, /) -> tuple[int, str | None]: ...
    def _silence(self) -> None: ...
    def _wait(self) -> None: ...
    def _facts(self) -> tuple[int, str | None]: ...
    def _summary(self) -> tuple[int, str | None]: ...
    def _tag(self, name: str, /) -> int: ...
    def _parent(self, run_id: str, relation: str, /) -> int: ...
    def _finish(self, status: str | None, metrics: str | None, /) -> tuple[int, str | None]: ...

class Epoch:
    def log(
        self,
        metrics: Mapping[str, SupportsFloat | SupportsIndex] = ...,
        /,
        **values: SupportsFloat | SupportsIndex,
    ) -> None:
        """Adds metrics to the epoch, kept when it ends; the later of two under one name counts.

        Nothing is raised: a value that is not a number is left out, counted, and named once on
        standard error; after the end of the epoch nothing is kept, and one Python warning says so.
        """

    def _begin(self, run: Run, number: int, /) -> None: ...
    def _end(self) -> int: ...

class Phase:
    def _begin(self, owner: Run | Epoch, name: str, /) -> None: ...
    def _end(self) -> int: ...

def check(question: str, options: None, /) -> tuple[int, str | None, str | None]: ...
def show(path: str, options: str | None, /) -> tuple[int, str | None, str | None]: ...
def audit(path: str, options: str | None, /) -> tuple[int, str | None, str | None]: ...
def lifecycle(path: str, options: str | None, /) -> tuple[int, str | None, str | None]: ...
def command(arguments: list[bytes], /) -> int: ...
