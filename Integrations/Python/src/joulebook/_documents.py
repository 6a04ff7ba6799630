"""What questions to ledgers are answered with: the JSON as a dict that notebooks show as a page."""

from __future__ import annotations

# Loading `typing` would cost more than starting a run.
TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    Answered = dict[str, Any]
else:
    Answered = dict


class Document(Answered):
    """A dict; what it looks like is made when a notebook asks."""

    def _repr_html_(self) -> str:
        raise NotImplementedError

    def _repr_mimebundle_(self, include: object = None, exclude: object = None) -> dict[str, str]:
        """What notebooks ask for first; they add the dict itself as text."""
        return {"text/html": self._repr_html_()}


class RunDocument(Document):
    """The answer of `show`."""

    def _repr_html_(self) -> str:
        from ._html import run_page

        return run_page(self)


class AuditDocument(Document):
    """The answer of `audit`."""

    def _repr_html_(self) -> str:
        from ._html import audit_page

        return audit_page(self)


class LifecycleDocument(Document):
    """The answer of `lifecycle`."""

    def _repr_html_(self) -> str:
        from ._html import lifecycle_page

        return lifecycle_page(self)
