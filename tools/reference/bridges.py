"""The bridges between protocols: what each supports of its specification, and the cases and tests that show it."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Annotated, Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "src/crossway/policies"

_INTRODUCTION = """# Protocols

What the policies that carry, convert and protect a protocol support of its specification. What is supported, wholly or
in part, is shown by the cases beside the policy and by the tests that are named: each runs against a real Envoy, or
against the part that does the work."""


class Support(BaseModel):
    """One feature of a specification."""

    model_config = ConfigDict(extra="forbid")

    feature: Annotated[str, Field(min_length=1)]
    section: str = ""
    """Where the specification says it."""
    state: Literal["yes", "partly", "no"]
    note: str = ""
    """What is not supported, or what is done in its place."""
    cases: tuple[str, ...] = ()
    """What shows it: a case of the policy by its name, or `tests/...::test_name`."""


def page() -> str:
    """Return the tables of all bridges."""
    parts = [_INTRODUCTION, *(_table(path.parent.name, supports(path)) for path in _files())]
    return "\n\n".join(parts) + "\n"


def mistakes() -> list[str]:
    """Return what is claimed and not shown."""
    found = []
    for path in _files():
        for one in supports(path):
            where = f"{path.relative_to(ROOT)}: {one.feature}"
            if one.state != "no" and not one.cases:
                found.append(f"{where}: nothing shows it")
            found += [f"{where}: there is no {case}" for case in one.cases if not _is_there(path.parent, case)]
    return found


def supports(path: Path) -> list[Support]:
    """Return what the file at *path* says; `ValueError` with its name if that is something else."""
    try:
        return TypeAdapter(list[Support]).validate_python(yaml.safe_load(path.read_text()))
    except (ValueError, yaml.YAMLError) as error:
        raise ValueError(f"{path.relative_to(ROOT)}: {error}") from None


def _files() -> Iterator[Path]:
    yield from sorted(FOLDER.glob("*/support.yaml"))


def _table(policy: str, rows: list[Support]) -> str:
    title = f"## [{policy}](policies/{policy}.md)"
    head = "| feature | specification | supported | shown by |\n|---|---|---|---|"
    return "\n".join((title, "", head, *(_row(row) for row in rows)))


def _row(one: Support) -> str:
    supported = f"{one.state}: {one.note}" if one.note else one.state
    cells = (one.feature, one.section, supported, f"{len(one.cases)}" if one.cases else "")
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"


def _is_there(policy: Path, case: str) -> bool:
    file, _, test = case.partition("::")
    if not test:
        return (policy / "cases" / f"{case}.yaml").exists()
    return test.partition("[")[0] in _tests(ROOT / file)


@cache
def _tests(file: Path) -> frozenset[str]:
    """Return the names of the tests in *file*; of those of a class, with its name in front."""
    if not file.exists():
        return frozenset()
    return frozenset(_functions(ast.parse(file.read_text()).body))


def _functions(body: list[ast.stmt], scope: str = "") -> Iterator[str]:
    for item in body:
        if isinstance(item, ast.FunctionDef | ast.AsyncFunctionDef):
            yield f"{scope}{item.name}"
        elif isinstance(item, ast.ClassDef):
            yield from _functions(item.body, f"{item.name}::")
