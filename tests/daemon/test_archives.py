"""What was good last is on disk, for each view."""

from pathlib import Path

import pytest

from crossway.daemon.archives import Archives
from crossway.errors import RemoteError
from crossway.xds.snapshot import Snapshot
from xds.samples import cluster


def test_each_view_has_its_own(tmp_path: Path) -> None:
    archives = Archives(tmp_path)
    assert (archives.load("*"), bool(archives)) == (None, False)
    archives.save("*", Snapshot.of([cluster("a"), cluster("b")]))
    archives.save("team/edge", Snapshot.of([cluster("a")]))
    loaded = [Archives(tmp_path).load(view) for view in ("*", "team/edge")]
    assert [len(snapshot or ()) for snapshot in loaded] == [2, 1]
    assert archives


def test_what_cannot_be_kept_is_said(tmp_path: Path) -> None:
    (tmp_path / "snapshots").write_text("in the way")
    with pytest.raises(RemoteError, match="snapshots"):
        Archives(tmp_path).save("*", Snapshot.of([cluster("a")]))
