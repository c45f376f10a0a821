import asyncio
import os
import shutil
import subprocess
from contextlib import aclosing
from pathlib import Path

import pytest

from crossway.sources import files
from crossway.sources.files import Files
from sources.contract import SourceContract, arriving, following, texts


class Directory:
    def __init__(self, root: Path) -> None:
        self.root = root

    def source(self) -> Files:
        return Files(self.root)

    def put(self, name: str, text: str) -> None:
        (self.root / f"{name}.yaml").write_text(text)

    def remove(self, name: str) -> None:
        (self.root / f"{name}.yaml").unlink()


class TestDirectory(SourceContract):
    @pytest.fixture
    def place(self, tmp_path):
        return Directory(tmp_path)


class TestMountedConfigMap(SourceContract):
    @pytest.fixture
    def place(self, tmp_path):
        return ConfigMap(tmp_path)


class ConfigMap:
    """A mount as the kubelet's atomic writer makes it: each update is a new directory and one renamed link."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self._files: dict[str, str] = {}
        self._generation = 0
        self._publish()

    def source(self) -> Files:
        return Files(self.root)

    def put(self, name: str, text: str) -> None:
        self._files[f"{name}.yaml"] = text
        self._publish()

    def remove(self, name: str) -> None:
        del self._files[f"{name}.yaml"]
        self._publish()

    def _publish(self) -> None:
        self._generation += 1
        fresh = self.root / f"..2026_10_01_{self._generation}"
        fresh.mkdir()
        for name, text in self._files.items():
            (fresh / name).write_text(text)
        link = self.root / "..data_tmp"
        link.symlink_to(fresh.name)
        data = self.root / "..data"
        old = data.resolve() if data.is_symlink() else None
        link.rename(data)
        for name in self._files:
            if not (self.root / name).is_symlink():
                (self.root / name).symlink_to(f"..data/{name}")
        for visible in self.root.glob("[!.]*"):
            if visible.name not in self._files:
                visible.unlink()
        if old:
            shutil.rmtree(old)


def codes(reading):
    return [finding.code for finding in reading[1]]


@pytest.fixture
def gateway(tmp_path):
    path = tmp_path / "gateway.yaml"
    path.write_text("a: 1\n")
    return path


def test_below_a_directory_only_configuration_files_are_read_each_once(tmp_path):
    wanted = ["a.yaml", "b.yml", "c.toml", "deep/er/d.yaml"]
    dropped = ["a.yaml~", ".#a.yaml", "#a.yaml#", ".a.yaml.swp", "4913", "a.json", ".git/x.yaml", "..data/a.yaml"]
    for name in wanted + dropped:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(name)
    (tmp_path / "deep" / "loop").symlink_to(tmp_path)
    documents, findings = Files(tmp_path).read()
    assert [document.text for document in documents] == wanted
    assert [document.name for document in documents] == [str(tmp_path / name) for name in wanted]
    assert findings == ()


def test_names_are_as_the_user_wrote_them(gateway, monkeypatch):
    monkeypatch.chdir(gateway.parent)
    assert Files("gateway.yaml").read()[0][0].name == "gateway.yaml"
    assert Files(".").read()[0][0].name == "gateway.yaml"


def test_a_file_is_read_whatever_its_name(tmp_path):
    path = tmp_path / ".gateway.conf"
    path.write_text("a: 1\n")
    assert Files(path).read()[0][0].text == "a: 1\n"


def test_what_cannot_be_read_is_a_finding_and_the_rest_is_read(tmp_path, monkeypatch):
    monkeypatch.setattr(files, "LARGEST", 100)
    (tmp_path / "a.yaml").write_text("a: 1\n")
    (tmp_path / "b.yaml").write_bytes(b"ok: 1\nname: \xff\n")
    (tmp_path / "c.yaml").write_text("#" * 101)
    (tmp_path / "d.yaml").symlink_to("nowhere")
    (tmp_path / "e.yaml").symlink_to("e.yaml")
    os.mkfifo(tmp_path / "f.yaml")
    documents, findings = Files(tmp_path).read()
    assert [document.text for document in documents] == ["a: 1\n"]
    assert [(finding.code, str(finding.origin).removeprefix(f"{tmp_path}/")) for finding in findings] == [
        ("file.encoding", "b.yaml:2:1"),
        ("file.too_large", "c.yaml"),
        ("file.missing", "d.yaml"),
        ("file.unreadable", "e.yaml"),
        ("file.unreadable", "f.yaml"),
    ]


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_no_permission_is_a_finding(tmp_path):
    (tmp_path / "a.yaml").touch(mode=0o000)
    (tmp_path / "b").mkdir(mode=0o000)
    assert codes(Files(tmp_path).read()) == ["file.unreadable", "file.unreadable"]


def test_an_empty_directory_and_a_missing_one(tmp_path):
    assert codes(Files(tmp_path).read()) == ["file.empty"]
    assert codes(Files(tmp_path / "missing").read()) == ["file.missing"]


def save_like_vim(path: Path, text: str) -> None:
    probe = path.with_name("4913")
    probe.touch()
    probe.unlink()
    backup = path.with_name(path.name + "~")
    path.rename(backup)
    path.write_text(text)
    backup.unlink()


def save_like_an_atomic_writer(path: Path, text: str) -> None:
    temporary = path.with_name(f".{path.name}.tmp")
    temporary.write_text(text)
    temporary.replace(path)


def save_by_sed(path: Path, text: str) -> None:
    subprocess.run(["sed", "-i", f"s/.*/{text.strip()}/", path], check=True)


def delete_and_write(path: Path, text: str) -> None:
    path.unlink()
    path.write_text(text)


def write_a_copy_of_the_same_age(path: Path, text: str) -> None:
    status = path.stat()
    path.write_text(text)
    os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns))


SAVES = [save_like_vim, save_like_an_atomic_writer, save_by_sed, delete_and_write, write_a_copy_of_the_same_age]


@pytest.mark.parametrize("alone", [True, False], ids=["file", "directory"])
@pytest.mark.parametrize("save", SAVES)
async def test_every_way_to_save_is_one_change(gateway, save, alone):
    async with aclosing(Files(gateway if alone else gateway.parent).changes()) as changes:
        await following(changes)
        for text in ("b: 2\n", "c: 3\n"):
            save(gateway, text)
            documents, findings = await following(changes)
            assert [document.text for document in documents] == [text]
            assert findings == ()


async def test_a_file_that_is_emptied_and_then_written_is_never_seen_empty(gateway):
    async with aclosing(Files(gateway).changes()) as changes:
        await following(changes)
        waiting = asyncio.ensure_future(following(changes))
        with gateway.open("w") as file:
            done, _ = await asyncio.wait({waiting}, timeout=0.3)
            assert not done
            file.write("b: 2\n")
        assert texts(await waiting) == ["b: 2\n"]


async def test_a_file_that_stays_empty_is_a_change(gateway):
    async with aclosing(Files(gateway).changes()) as changes:
        await following(changes)
        gateway.write_text("")
        assert texts(await following(changes)) == [""]


async def test_a_file_that_goes_is_a_finding_and_comes_back(gateway):
    async with aclosing(Files(gateway).changes()) as changes:
        await following(changes)
        gateway.unlink()
        assert codes(await following(changes)) == ["file.missing"]
        gateway.write_text("a: 1\n")
        assert codes(await following(changes)) == []


async def test_a_directory_that_does_not_exist_yet(tmp_path):
    source = Files(tmp_path / "not" / "yet")
    assert codes(source.read()) == ["file.missing"]
    async with aclosing(source.changes()) as changes:
        waiting = asyncio.ensure_future(arriving(changes, {"a: 1\n"}))
        await asyncio.wait({waiting}, timeout=0.1)
        (tmp_path / "not" / "yet").mkdir(parents=True)
        (tmp_path / "not" / "yet" / "a.yaml").write_text("a: 1\n")
        assert codes(await waiting) == []


async def test_a_directory_made_anew_is_still_watched(tmp_path):
    root = tmp_path / "conf"
    root.mkdir()
    (root / "a.yaml").write_text("a: 1\n")
    async with aclosing(Files(root).changes()) as changes:
        await following(changes)
        for text in ("a: 2\n", "a: 3\n"):
            shutil.rmtree(root)
            root.mkdir()
            (root / "a.yaml").write_text(text)
            await arriving(changes, {text})


async def test_a_new_directory_below_is_watched(tmp_path):
    (tmp_path / "gateway.yaml").write_text("a: 1\n")
    async with aclosing(Files(tmp_path).changes()) as changes:
        await following(changes)
        (tmp_path / "more").mkdir()
        (tmp_path / "more" / "b.yaml").write_text("b: 1\n")
        await arriving(changes, {"a: 1\n", "b: 1\n"})
        (tmp_path / "more" / "b.yaml").write_text("b: 2\n")
        await arriving(changes, {"a: 1\n", "b: 2\n"})


async def test_a_link_on_the_way_is_swapped(tmp_path):
    for release in ("1", "2"):
        (tmp_path / release).mkdir()
        (tmp_path / release / "gateway.yaml").write_text(f"release: {release}\n")
    current = tmp_path / "current"
    current.symlink_to("1")
    async with aclosing(Files(current / "gateway.yaml").changes()) as changes:
        assert texts(await following(changes)) == ["release: 1\n"]
        (tmp_path / "next").symlink_to("2")
        (tmp_path / "next").rename(current)
        assert texts(await following(changes)) == ["release: 2\n"]
