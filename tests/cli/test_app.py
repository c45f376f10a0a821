"""The help of every verb names each of its options, and what they are for."""

import re
import subprocess
import sys
from collections.abc import Iterator

import pytest
from cyclopts import App

from crossway.cli.app import app


def verbs(parent: App, *before: str) -> Iterator[tuple[str, ...]]:
    for name, child in parent.resolved_commands().items():
        if name.startswith("-"):
            continue
        if child.default_command is not None:
            yield *before, name
        yield from verbs(child, *before, name)


HEAVY = ("grpc", "uvicorn", "litestar", "sqlalchemy", "uvloop")
ASKING = ["get", "history", "delete", "rollback", "tokens", "audit", "secrets", "status", "routes", "xds"]
NOUNS = {"tokens": ["create", "list", "revoke"], "secrets": ["put", "list", "delete"]}
VERBS = list(verbs(app))


def options(words: tuple[str, ...]) -> list[str]:
    _, commands, _ = app.parse_commands(list(words))
    arguments = commands[-1].assemble_argument_collection()
    return [one.name for one in arguments if one.parse and one.name.startswith("--")]


def test_the_verbs_are_there():
    wanted = {"run", "check", "routes", "show xds", "schema", "status", "init", "issue", "completion"}
    wanted |= {"apply", "diff", "get", "delete", "history", "rollback", "explain", "audit", "audit verify"}
    wanted |= {f"{noun} {verb}" for noun, verbs in NOUNS.items() for verb in verbs}
    assert wanted <= {" ".join(words) for words in VERBS}


@pytest.mark.parametrize("words", VERBS, ids=" ".join)
def test_the_help_names_every_option(words, crossway):
    outcome = crossway(*words, "--help")
    assert outcome.status == 0
    for option in options(words):
        row = re.compile(rf"│ ([* ] +)?(--\S+ )*{option} ")
        (line,) = [line for line in outcome.out.splitlines() if row.match(line)]
        text = line.partition(option)[2].strip(" │-").partition("[")[0]
        assert len(text.split()) > 2, f"{option} is not explained"


def test_help_imports_no_verb(crossway):
    outcome = crossway("--help")
    for words in VERBS:
        assert f" {words[0]} " in outcome.out


def imported_by(code: str) -> set[str]:
    told = subprocess.run(
        [sys.executable, "-c", f"{code}; import sys; print(*sys.modules)"], capture_output=True, text=True, check=True
    )
    return set(told.stdout.split())


def test_help_needs_neither_the_model_nor_protobuf():
    assert not {"pydantic", "google.protobuf", *HEAVY} & imported_by("import crossway.cli")


@pytest.mark.parametrize("verb", ASKING)
def test_a_verb_that_asks_imports_little(verb):
    assert not {"pydantic", "google.protobuf", "rich", *HEAVY} & imported_by(f"import crossway.cli.{verb}")


@pytest.mark.parametrize("verb", ["apply", "diff", "explain"])
def test_a_verb_that_sends_imports_no_server(verb):
    assert not {*HEAVY} & imported_by(f"import crossway.cli.{verb}")


@pytest.mark.parametrize("verb", ["check", "routes", "xds", "schema", "init", "issue"])
def test_a_verb_that_reads_imports_no_server(verb):
    assert not {*HEAVY} & imported_by(f"import crossway.cli.{verb}, crossway.daemon.offline, crossway.daemon.describe")
