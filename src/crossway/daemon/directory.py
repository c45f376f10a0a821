"""The data directory of a Crossway: whose it is, and what stands where in it."""

from __future__ import annotations

import fcntl
import os
import platform
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from crossway.errors import UserError


@dataclass(frozen=True, slots=True)
class DataDirectory:
    """A directory that one Crossway at a time has."""

    path: Path

    @property
    def store(self) -> str:
        """The URL of the store that is kept here."""
        return f"sqlite:///{self.path.absolute() / 'store.db'}"

    @property
    def secrets_key(self) -> Path:
        """The file with the key of the secrets in the store."""
        return self.path / "secrets.key"

    @property
    def providers(self) -> Path:
        """The file with what OpenID providers said of themselves."""
        return self.path / "providers.json"

    @property
    def artifacts(self) -> Path:
        """The directory with the files that policies name by URL."""
        return self.path / "artifacts"

    @property
    def interfaces(self) -> Path:
        """The directory with what services said of themselves."""
        return self.path / "interfaces"

    @contextmanager
    def owned(self) -> Iterator[None]:
        """Have the directory, which is made if it is not there; `UserError` if another process has it.

        The lock goes with the process, however that ends (flock(2)).
        """
        self.path.mkdir(mode=0o700, parents=True, exist_ok=True)
        descriptor = os.open(self.path / "lock", os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(descriptor)
            raise UserError(f"another Crossway has the data directory {self.path}") from None
        try:
            yield
        finally:
            os.close(descriptor)

    def plane(self) -> str:
        """Return the name of this control plane on its store: the machine's, and what tells two on it apart."""
        kept = self.path / "plane"
        try:
            return kept.read_text()
        except FileNotFoundError:
            name = f"{platform.node()}-{secrets.token_hex(3)}"
            kept.write_text(name)
            return name
