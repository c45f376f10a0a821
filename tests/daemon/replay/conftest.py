import pytest

from crossway.daemon.replay import Replay
from daemon.replay.scene import side


@pytest.fixture
def replayed(tmp_path):
    """Replay lines from one configuration, or none, against another one, and return the tally."""

    def run(before: str | None, after: str, *lines: bytes):
        path = tmp_path / "access.log"
        path.write_bytes(b"\n".join(lines))
        replay = Replay(None if before is None else side(before), side(after))
        replay.run(replay.log.records([path]))
        return replay.tally

    return run
