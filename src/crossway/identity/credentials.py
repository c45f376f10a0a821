"""Credentials: what one end of a mutual TLS connection holds."""

from __future__ import annotations

import os
import tempfile
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from crossway.errors import RemoteError, UserError
from crossway.identity.certificates import examine, examine_authorities
from crossway.model import errors

CERTIFICATE = "tls.crt"
KEY = "tls.key"
AUTHORITIES = "ca.crt"
"""The names that a Kubernetes secret of the type ``kubernetes.io/tls`` uses, so that a mounted one is credentials."""


@dataclass(frozen=True, slots=True)
class Credentials:
    """A certificate, its key, and the authorities that the other end is checked against; all in PEM."""

    certificate: bytes = field(repr=False)
    key: bytes = field(repr=False)
    ca: bytes = field(repr=False)

    def save(self, directory: Path) -> None:
        """Write the three files, each whole or not at all; the directory, if made here, is open to its owner only.

        Raises `RemoteError` if the directory cannot be written.
        """
        try:
            directory.mkdir(mode=0o700, parents=True, exist_ok=True)
            write_private(directory / KEY, self.key)
            write_private(directory / CERTIFICATE, self.certificate)
            write_private(directory / AUTHORITIES, self.ca)
        except OSError as error:
            raise RemoteError(f"The credentials cannot be written to {directory}: {error.strerror}.") from error

    @classmethod
    def load(cls, directory: Path) -> Credentials:
        """Return what `save` wrote to *directory*.

        Raises `UserError` if a file is missing, or if the pair does not fit or has expired.
        """
        try:
            certificate, key, ca = ((directory / name).read_bytes() for name in (CERTIFICATE, KEY, AUTHORITIES))
        except OSError as error:
            raise UserError(f"The credentials in {directory} cannot be read: {error.strerror}.") from error
        now = datetime.now(UTC)
        for finding in errors(examine(certificate, key, now)[1] + examine_authorities(ca, now)[1]):
            raise UserError(f"The credentials in {directory} cannot be used: {finding.message}.")
        return cls(certificate, key, ca)


def write_private(path: Path, content: bytes, *, replace: bool = True) -> None:
    """Write a file that only its owner may read, at once and whole.

    Raises `FileExistsError` if there is one and it is not to be *replaced*: of two processes only one succeeds.
    """
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")  # opened with mode 0600
    temporary = Path(name)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        if replace:
            temporary.replace(path)
        else:
            path.hardlink_to(temporary)
    finally:
        temporary.unlink(missing_ok=True)
