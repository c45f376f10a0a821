"""Artifacts: files that a policy names by URL and checksum, and the settings that wait for them.

Whoever fetches them is somewhere else. Here is what is wanted, and what follows from having it.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import ClassVar, Final, NamedTuple

from crossway.model.finding import FieldPath, Finding, Severity
from crossway.model.part import Spec
from crossway.model.provider import Silent

_HINT: Final = "a control plane asks until it has the file, which opens the route"


class Artifact(NamedTuple):
    """A file somewhere. Its checksum says what it is, so that one that was fetched is good for ever."""

    url: str
    sha256: str
    """In lower-case hexadecimal."""


Artifacts = Mapping[Artifact, bytes | Silent]
"""What became of fetching."""


class Fetching(Spec, ABC):
    """Settings of a policy that may name an artifact."""

    artifact_path: ClassVar[FieldPath]
    """Where it is named."""

    @property
    @abstractmethod
    def wanted(self) -> Artifact | None:
        """What has to be fetched; `None` if nothing has to be."""

    @abstractmethod
    def fetched(self, content: bytes) -> Spec:
        """Return the settings with the *content* of what is wanted."""


def unfetched(artifact: Artifact, path: FieldPath, reason: str = "it has not been asked for") -> Finding:
    """Return the finding for settings that cannot hold yet, since the file that they name is not here."""
    message = f"{artifact.url} is not here: {reason}"
    return Finding("artifact.unfetched", message, Severity.WARNING, path=path, hint=_HINT)
