import stat
from pathlib import Path

import pytest

from crossway.compile.envoy.resource import Resource
from crossway.errors import RemoteError
from crossway.protos.envoy.config.cluster import v3 as cluster_v3
from crossway.protos.envoy.config.listener import v3 as listener_v3
from crossway.xds.archive import load, save
from crossway.xds.snapshot import EMPTY, Snapshot

SNAPSHOT = Snapshot.of(
    [
        Resource.of("a", cluster_v3.Cluster(name="a")),
        Resource.of("b", cluster_v3.Cluster(name="b")),
        Resource.of("l", listener_v3.Listener(name="l")),
    ]
)


@pytest.mark.parametrize("snapshot", [SNAPSHOT, EMPTY])
def test_a_snapshot_comes_back(tmp_path: Path, snapshot: Snapshot) -> None:
    path = tmp_path / "edge.snapshot"
    save(path, snapshot)
    loaded = load(path)
    assert loaded is not None
    assert loaded.resources == snapshot.resources
    assert loaded.version == snapshot.version


def test_only_the_owner_may_read_it(tmp_path: Path) -> None:
    path = tmp_path / "edge.snapshot"
    save(path, SNAPSHOT)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_a_new_one_replaces_the_old_one_and_leaves_nothing_beside_it(tmp_path: Path) -> None:
    path = tmp_path / "edge.snapshot"
    save(path, SNAPSHOT)
    save(path, EMPTY)
    assert list(tmp_path.iterdir()) == [path]
    assert load(path) is not None


def test_where_there_is_none_there_is_none(tmp_path: Path) -> None:
    assert load(tmp_path / "edge.snapshot") is None


@pytest.mark.parametrize("cut", [1, 10, 60])
def test_a_damaged_one_is_not_used(tmp_path: Path, cut: int) -> None:
    path = tmp_path / "edge.snapshot"
    save(path, SNAPSHOT)
    path.write_bytes(path.read_bytes()[:-cut])
    with pytest.raises(RemoteError, match="is damaged"):
        load(path)


def test_another_format_is_not_used(tmp_path: Path) -> None:
    path = tmp_path / "edge.snapshot"
    path.write_bytes(b"crossway snapshot 2\n")
    with pytest.raises(RemoteError, match="can read"):
        load(path)


def test_a_file_system_that_refuses_is_named(tmp_path: Path) -> None:
    with pytest.raises(RemoteError, match="cannot be saved"):
        save(tmp_path / "absent" / "edge.snapshot", SNAPSHOT)
    with pytest.raises(RemoteError, match="cannot be read"):
        load(tmp_path)


def test_a_place_that_is_taken_leaves_nothing_beside_it(tmp_path: Path) -> None:
    (tmp_path / "edge.snapshot").mkdir()
    with pytest.raises(RemoteError, match="cannot be saved"):
        save(tmp_path / "edge.snapshot", SNAPSHOT)
    assert [entry.name for entry in tmp_path.iterdir()] == ["edge.snapshot"]
