"""The process: what it imports, how it ends, and that mistakes are sentences."""

import subprocess
import sys
from pathlib import Path

import pytest

COMMAND = Path(sys.executable).with_name("crossway")
HEAVY = ("grpc", "uvicorn", "starlette", "uvloop")


def imported_by(code: str) -> set[str]:
    told = subprocess.run(
        [sys.executable, "-c", f"{code}; import sys; print(*sys.modules)"], capture_output=True, text=True, check=True
    )
    return set(told.stdout.split())


def test_help_needs_neither_the_model_nor_protobuf():
    assert not {"pydantic", "google.protobuf", *HEAVY} & imported_by("import crossway.cli")


@pytest.mark.parametrize("verb", ["check", "routes", "xds", "schema", "status", "init", "issue"])
def test_a_verb_that_reads_imports_no_server(verb):
    assert not {*HEAVY} & imported_by(f"import crossway.cli.{verb}, crossway.daemon.offline, crossway.daemon.describe")


def test_check_as_a_process(tmp_path):
    config = tmp_path / "crossway.yaml"
    config.write_text("gateways: {edge: {listeners: {http: 99999}}}\n")
    ended = subprocess.run([COMMAND, "check", config], capture_output=True, text=True, check=False)
    assert ended.returncode == 1
    assert ended.stdout.startswith(f"{config}:1:37: error: gateways.edge.listeners.http.port: ")
    assert ended.stderr == ""


def test_a_mistake_at_the_terminal_is_a_sentence(crossway):
    outcome = crossway("run")
    assert (outcome.status, outcome.err) == (2, "crossway: say which configuration to run: crossway run gateway.yaml\n")


def test_what_is_in_groups_of_exceptions_is_a_sentence_too(crossway, tmp_path):
    outcome = crossway("run", tmp_path / "none.yaml", "--state", tmp_path / "state", "--admin", "")
    assert outcome.status == 2
    assert outcome.err.splitlines() == [
        f"crossway: {tmp_path}/none.yaml: error: there is no such file or directory [file.missing]",
        "crossway: the configuration is broken, and there is no last good one to start from",
    ]
