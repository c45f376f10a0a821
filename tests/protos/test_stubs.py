"""The stubs are current, and a type checker that reads them finds mistakes."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

REPO = Path(__file__).parents[2]


def run(*command: str | Path, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, *command],
        env=os.environ | environment,
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )


def test_descriptors_and_stubs_are_those_of_the_installed_envoy():
    done = run(REPO / "tools/protos.py", "--check")
    assert done.returncode == 0, done.stdout + done.stderr


IMPORTS = """
from datetime import timedelta
from crossway.protos import from_dict, pack
from crossway.protos.envoy.config.cluster import v3 as cluster_v3
import crossway.protos.envoy.config.core.v3 as core_v3
from crossway.protos.google import protobuf

cluster = cluster_v3.Cluster(name="a", type=cluster_v3.Cluster.EDS, connect_timeout=timedelta(seconds=1))
"""

RIGHT = """
cluster.lb_policy = cluster_v3.Cluster.LbPolicy.MAGLEV
cluster.connect_timeout.FromTimedelta(timedelta(seconds=2))
cluster.typed_extension_protocol_options["x"].CopyFrom(pack(protobuf.UInt32Value(value=1)))
cluster.metadata.filter_metadata["x"].update({"canary": True})
cluster.circuit_breakers.thresholds.add(priority=core_v3.RoutingPriority.HIGH)
name: str = from_dict({}, cluster_v3.Cluster).name
core_v3.Node(id="x", metadata={"pod": "x"}, locality=None)
if cluster.HasField("load_assignment") and cluster.WhichOneof("lb_config") == "maglev_lb_config":
    first: bool = cluster.load_assignment.endpoints[0].lb_endpoints[0].HasField("endpoint")
"""

WRONG = {
    'cluster_v3.Cluster(nme="a")': 'Unexpected keyword argument "nme"',
    "cluster_v3.Cluster(name=3)": 'Argument "name" to "Cluster" has incompatible type "int"',
    "cluster_v3.Clster": 'Module has no attribute "Clster"',
    "cluster.nme": '"Cluster" has no attribute "nme"',
    "cluster.metadata = core_v3.Metadata()": 'Property "metadata" defined in "Cluster" is read-only',
    'cluster.HasField("name")': 'Argument 1 to "HasField"',
    "cluster_v3.Cluster.EDZ": 'has no attribute "EDZ"',
}


@pytest.fixture(scope="module")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("mypy")


def mypy(cache: Path, text: str) -> subprocess.CompletedProcess[str]:
    sample = cache / "sample.py"
    sample.write_text(text)
    options = ["--strict", "--config-file=", f"--cache-dir={cache}"]
    return run("-m", "mypy", *options, sample, MYPYPATH=str(REPO / "src"))


def test_a_type_checker_accepts_what_works(cache):
    done = mypy(cache, IMPORTS + RIGHT)
    assert done.returncode == 0, done.stdout + done.stderr
    exec(IMPORTS + RIGHT)


def test_a_type_checker_finds_each_mistake(cache):
    done = mypy(cache, IMPORTS + "\n".join(WRONG))
    lines = [line for line in done.stdout.splitlines() if "error:" in line]
    assert len(lines) == len(WRONG), done.stdout + done.stderr
    for line, expected in zip(lines, WRONG.values(), strict=True):
        assert expected in line
