"""The last good snapshot of each view on disk: what is served when there is nothing better, and what was good last."""

from __future__ import annotations

from pathlib import Path

from crossway.daemon.snapshots import ALL
from crossway.errors import RemoteError
from crossway.xds import archive
from crossway.xds.snapshot import Snapshot


class Archives:
    """The archived snapshots below the state directory."""

    def __init__(self, state: Path) -> None:
        self._directory = state / "snapshots"

    def __bool__(self) -> bool:
        """Whether there is any."""
        return any(self._directory.glob("*.snapshot"))

    def load(self, view: str) -> Snapshot | None:
        """Return the snapshot of *view*, `None` if there is none; `RemoteError` if it is damaged."""
        return archive.load(self._path(view))

    def save(self, view: str, snapshot: Snapshot) -> None:
        """Keep *snapshot*; `RemoteError` if the file system refuses."""
        try:
            self._directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        except OSError as error:
            raise RemoteError(f"{self._directory} cannot be made: {error.strerror}") from error
        archive.save(self._path(view), snapshot)

    def _path(self, view: str) -> Path:
        return self._directory / ("all.snapshot" if view == ALL else f"{view.replace('/', '_')}.snapshot")
