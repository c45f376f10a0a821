"""The last good snapshot on disk, from which a proxy starts when its control plane is away.

A file is a line that names the format, a checksum, and the resources as they go over the wire. It is written beside
its place and renamed over it, so that a reader sees the old one or the new one whole. Snapshots carry private keys:
only the owner may read the file.
"""

from __future__ import annotations

import os
import tempfile
from hashlib import blake2b
from pathlib import Path

from crossway.errors import RemoteError
from crossway.xds.snapshot import Snapshot
from crossway.xds.wire import read_resources, write_resources

_FORMAT = b"crossway snapshot 1\n"
_CHECKSUM_SIZE = 16


def save(path: Path, snapshot: Snapshot) -> None:
    """Write *snapshot* to *path* and return when it is on disk; `RemoteError` if the file system refuses."""
    content = write_resources(resource for of_type in snapshot.resources.values() for resource in of_type.values())
    try:
        # mkstemp makes a file that its owner alone can read.
        descriptor, beside = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
        try:
            with os.fdopen(descriptor, "wb") as file:
                file.write(_FORMAT + _checksum(content) + content)
                file.flush()
                os.fsync(file.fileno())
            Path(beside).replace(path)
        except OSError:
            Path(beside).unlink()
            raise
        _sync_folder(path.parent)
    except OSError as error:
        raise RemoteError(f"The snapshot cannot be saved to {path}: {error.strerror}.") from error


def load(path: Path) -> Snapshot | None:
    """Return the snapshot in *path*, `None` if there is no such file, `RemoteError` if it cannot be used."""
    try:
        data = path.read_bytes()
    except FileNotFoundError:
        return None
    except OSError as error:
        raise RemoteError(f"The snapshot in {path} cannot be read: {error.strerror}.") from error
    if not data.startswith(_FORMAT):
        raise RemoteError(f"The file {path} is not a snapshot that this version of Crossway can read.")
    head = len(_FORMAT) + _CHECKSUM_SIZE
    content = data[head:]
    if data[len(_FORMAT) : head] != _checksum(content):
        raise RemoteError(f"The snapshot in {path} is damaged: its checksum does not fit.")
    return Snapshot.of(read_resources(content))


def _checksum(content: bytes) -> bytes:
    return blake2b(content, digest_size=_CHECKSUM_SIZE).digest()


def _sync_folder(folder: Path) -> None:
    """Make a rename in *folder* outlive a loss of power."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
