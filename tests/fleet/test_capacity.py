import resource
from pathlib import Path

import pytest

from crossway.fleet.capacity import MOST_CONNECTIONS, capacity, memory

MACHINE = memory(Path("/nowhere"))


def test_what_was_asked_for_holds():
    asked = capacity(connections=10, heap_bytes=2**20)
    assert (asked.connections, asked.heap_bytes) == (10, 2**20)


def test_without_a_word_it_is_what_the_machine_has():
    found = capacity()
    descriptors = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    assert 0 < found.connections <= MOST_CONNECTIONS
    assert found.connections * 2 <= descriptors or descriptors == resource.RLIM_INFINITY
    assert 2**24 < found.heap_bytes < MACHINE


@pytest.mark.parametrize(
    ("cgroup", "limits", "expected"),
    [
        ("0::/\n", {}, MACHINE),
        ("0::/\n", {"memory.max": "max"}, MACHINE),
        ("0::/\n", {"memory.max": "104857600"}, 104857600),
        ("0::/a/b\n", {"a/b/memory.max": "300000000", "a/memory.max": "200000000"}, 200000000),
        ("5:cpu:/a\n4:memory:/a\n0::/\n", {"memory/a/memory.limit_in_bytes": "100000000"}, 100000000),
        ("4:memory:/\n", {"memory/memory.limit_in_bytes": "9223372036854771712"}, MACHINE),
    ],
    ids=["nothing", "unlimited", "limited", "parent", "version-1", "version-1-unlimited"],
)
def test_a_container_has_what_its_cgroup_says(tmp_path: Path, cgroup: str, limits: dict[str, str], expected: int):
    files = {"proc/self/cgroup": cgroup, **{f"sys/fs/cgroup/{name}": f"{text}\n" for name, text in limits.items()}}
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    assert memory(tmp_path) == expected
