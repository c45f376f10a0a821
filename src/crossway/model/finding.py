"""Findings: what the product has to say about a user's configuration.

A finding is data. Every stage returns the ones it made next to its value; the command line, the admin API and
the status of a cluster render them. No stage logs one, raises one or writes one into its input.

A stage knows *which* resource it speaks of and *which* field (`Finding.about`, `Finding.path`); only the loader
knows the line. `Finding.at` joins the two, so resources carry no positions and stay equal when a line moves.
"""

from __future__ import annotations

import enum
from collections.abc import Iterable
from dataclasses import dataclass, replace

from crossway.model.ref import Ref

FieldPath = tuple[str | int, ...]


class Severity(enum.StrEnum):
    """How bad it is: an error keeps something from going live, a warning does not."""

    ERROR = "error"
    WARNING = "warning"


@dataclass(frozen=True, slots=True, order=True)
class Origin:
    """A place in a document. Lines and columns count from 1; 0 means the document as a whole."""

    document: str
    line: int = 0
    column: int = 0

    def __str__(self) -> str:
        return f"{self.document}:{self.line}:{self.column}" if self.line else self.document


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing to say: where, what, what was expected, and a hint."""

    code: str
    """Stable and dotted, such as ``reference.dangling``; each has a page in the reference."""
    message: str
    severity: Severity = Severity.ERROR
    about: Ref | None = None
    """The resource it speaks of; `None` where there is none yet, as for a syntax error."""
    path: FieldPath = ()
    """The field inside the resource, from its root."""
    expected: str = ""
    hint: str = ""
    origin: Origin | None = None

    def at(self, origin: Origin) -> Finding:
        """Return the same finding with the place in the text where it stands."""
        return replace(self, origin=origin)

    @property
    def field(self) -> str:
        """The path as people write it, ``routes.orders.matches[0].path``; empty for a whole document."""
        text = str(self.about) if self.about else ""
        for step in self.path:
            text += f"[{step}]" if isinstance(step, int) else f".{step}" if text else step
        return text

    def as_dict(self) -> dict[str, str | int | None]:
        """Return the finding as plain data, with `None` for what it does not say."""
        origin = self.origin
        return {
            "code": self.code,
            "severity": self.severity.value,
            "message": self.message,
            "resource": str(self.about) if self.about else None,
            "path": self.field,
            "expected": self.expected or None,
            "hint": self.hint or None,
            "file": origin.document if origin else None,
            "line": origin.line if origin and origin.line else None,
            "column": origin.column if origin and origin.column else None,
        }

    def __str__(self) -> str:
        place = f"{self.origin}: " if self.origin else ""
        field = f"{self.field}: " if self.field else ""
        expected = f" (expected {self.expected})" if self.expected else ""
        hint = f"; {self.hint}" if self.hint else ""
        return f"{place}{self.severity}: {field}{self.message}{expected}{hint} [{self.code}]"


Findings = tuple[Finding, ...]


def errors(findings: Iterable[Finding]) -> Findings:
    """Return the findings that keep something from going live."""
    return tuple(finding for finding in findings if finding.severity is Severity.ERROR)
