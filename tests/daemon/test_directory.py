"""A data directory belongs to one Crossway at a time."""

import stat
from pathlib import Path

import pytest

from crossway.daemon.directory import DataDirectory
from crossway.errors import UserError


def test_a_second_one_is_told_that_it_is_taken(tmp_path: Path) -> None:
    directory = DataDirectory(tmp_path / "state")
    with directory.owned():
        assert stat.S_IMODE(directory.path.stat().st_mode) == 0o700
        with pytest.raises(UserError, match="another Crossway"), DataDirectory(tmp_path / "state").owned():
            pass
    with directory.owned():
        pass


def test_a_control_plane_keeps_its_name(tmp_path: Path) -> None:
    one, other = DataDirectory(tmp_path), DataDirectory(tmp_path / "other")
    with other.owned():
        assert one.plane() == DataDirectory(tmp_path).plane()
        assert one.plane() != other.plane()


def test_the_store_is_a_file_in_it(tmp_path: Path) -> None:
    assert DataDirectory(tmp_path).store == f"sqlite:///{tmp_path}/store.db"
