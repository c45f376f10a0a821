import asyncio
import threading
from contextlib import aclosing
from pathlib import Path

from crossway.sources import watch as module
from crossway.sources.look import Stamp, look
from crossway.sources.watch import GRACE, LONGEST_UNREST, POLL, ROUND, STILL, Settling, watch

DEADLINE = 10.0
FILE = Path("gateway.yaml")


def stamp(version: int, size: int = 1) -> dict[Path, Stamp | None]:
    return {FILE: Stamp(1, 1, size, version, version)}


def settling() -> Settling:
    """Return one that has been told of version 1 at second 0."""
    state = Settling(STILL)
    assert state.observe(stamp(1), 0.0, quiet=False)
    return state


def test_the_first_look_is_told_and_the_same_again_is_not():
    state = settling()
    assert not state.observe(stamp(1), 1.0, quiet=True)
    assert state.patience == POLL


def test_a_change_is_told_once_it_is_still():
    state = settling()
    assert not state.observe(stamp(2), 1.0, quiet=False)
    assert state.patience == STILL
    assert not state.observe(stamp(3), 1.1, quiet=True), "it looks different again"
    assert not state.observe(stamp(3), 1.2, quiet=False), "it looks the same, and yet something was heard"
    assert state.observe(stamp(3), 1.3, quiet=True)
    assert state.patience == POLL


def test_a_change_that_is_taken_back_is_none():
    state = settling()
    assert not state.observe(stamp(2), 1.0, quiet=False)
    assert not state.observe(stamp(1), 1.1, quiet=True)
    assert state.since is None


def test_what_has_gone_or_is_empty_is_given_more_time():
    for lost in (stamp(2, size=0), {FILE: None}, {}):
        state = settling()
        assert not state.observe(lost, 1.0, quiet=False)
        assert state.patience == GRACE
        assert state.observe(lost, 1.0 + GRACE, quiet=True)


def test_what_has_been_empty_before_is_not_given_more_time():
    state = Settling(STILL)
    other = Path("other.yaml")
    assert state.observe({other: None, **stamp(1)}, 0.0, quiet=False)
    assert not state.observe({other: None, **stamp(2)}, 1.0, quiet=False)
    assert state.patience == STILL


def test_endless_unrest_is_told_in_the_end():
    state = settling()
    assert not state.observe(stamp(2), 1.0, quiet=False)
    assert not state.observe(stamp(3), 0.9 + LONGEST_UNREST, quiet=False)
    assert state.observe(stamp(4), 1.0 + LONGEST_UNREST, quiet=False)


def test_a_word_a_minute_but_not_in_the_middle_of_a_change():
    state = settling()
    assert not state.observe(stamp(1), ROUND - 1, quiet=True)
    assert not state.observe(stamp(2), ROUND, quiet=False)
    assert not state.observe(stamp(1), ROUND - 0.5, quiet=True)
    assert state.observe(stamp(1), ROUND, quiet=True)
    assert not state.observe(stamp(1), ROUND + 1, quiet=True)


def test_a_look_names_each_link_on_the_way(tmp_path):
    (tmp_path / "..v1").mkdir()
    (tmp_path / "..v1" / "tls.crt").write_text("x")
    (tmp_path / "..data").symlink_to("..v1")
    (tmp_path / "tls.crt").symlink_to("..data/tls.crt")
    root = tmp_path.resolve()
    found = look([tmp_path / "tls.crt"])
    assert {root / "tls.crt", root / "..data", root / "..v1" / "tls.crt"} <= found.names
    assert {root, root / "..v1", root.parent, Path("/")} <= found.directories
    assert found.stamps[tmp_path / "tls.crt"] is not None


def test_a_look_survives_a_loop_and_a_way_up(tmp_path):
    (tmp_path / "loop").symlink_to("loop")
    (tmp_path / "a").mkdir()
    (tmp_path / "b").write_text("x")
    (tmp_path / "a" / "up").symlink_to("../b")
    found = look([tmp_path / "loop", tmp_path / "a" / "up", tmp_path / "a" / ".." / "b"])
    assert found.stamps[tmp_path / "loop"] is None
    assert found.stamps[tmp_path / "a" / "up"] == found.stamps[tmp_path / "a" / ".." / "b"]
    assert tmp_path.resolve() / "b" in found.names


async def test_a_file_written_in_many_pieces_is_told_once_and_whole(tmp_path):
    path = tmp_path / "a.yaml"
    path.write_text("old\n")

    def write() -> None:
        with path.open("w") as file:
            for number in range(200):
                file.write(f"{number}\n")
                file.flush()

    async with aclosing(watch(lambda: [path], still=0.5)) as words, asyncio.timeout(DEADLINE):
        await anext(words)
        writer = threading.Thread(target=write)
        writer.start()
        await anext(words)
        assert len(path.read_text().splitlines()) == 200
        writer.join()


async def test_where_the_system_is_silent_a_look_finds_it_out(tmp_path, monkeypatch):
    def exhausted(*_: object) -> None:
        raise OSError(28, "inotify watch limit reached")

    monkeypatch.setattr(module, "RustNotify", exhausted)
    monkeypatch.setattr(module, "POLL", 0.1)
    path = tmp_path / "a.yaml"
    path.write_text("a: 1\n")
    async with aclosing(watch(lambda: [path])) as words, asyncio.timeout(DEADLINE):
        await anext(words)
        path.write_text("a: 2\n")
        await anext(words)
