"""Conditions: what a status says about an object, in the words of the specification.

https://gateway-api.sigs.k8s.io/guides/implementers/#conditions
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final, NamedTuple

from crossway.dialects.contract import Object
from crossway.dialects.gateway_api.reference import Trouble

CONTROLLER: Final = "crossway.dev/gateway-controller"
"""What classes call Crossway."""

ACCEPTED: Final = "Accepted"
CONFLICTED: Final = "Conflicted"
PROGRAMMED: Final = "Programmed"
RESOLVED: Final = "ResolvedRefs"


Told = Mapping[str, object]
"""A status, as it stands in an object."""


class Condition(NamedTuple):
    """One condition. Its time is that of who writes it."""

    type: str
    reason: str
    message: str = ""
    holds: bool = True

    def written(self, found: Object[Any]) -> dict[str, object]:
        """Return the condition as it stands in the status of an object."""
        return {
            "type": self.type,
            "status": "True" if self.holds else "False",
            "reason": self.reason,
            "message": self.message,
            "observedGeneration": found.value.metadata.generation,
        }


def false(kind: str, trouble: Trouble) -> Condition:
    """Return the condition of this *kind* that does not hold because of *trouble*."""
    return Condition(kind, trouble.reason, trouble.message, holds=False)


def resolved(troubles: Sequence[Trouble]) -> Condition:
    """Return whether all references lead somewhere; the first of the *troubles* is told."""
    return false(RESOLVED, troubles[0]) if troubles else Condition(RESOLVED, RESOLVED)


def written(found: Object[Any], *conditions: Condition) -> list[dict[str, object]]:
    """Return *conditions* as they stand in the status of an object."""
    return [condition.written(found) for condition in conditions]
