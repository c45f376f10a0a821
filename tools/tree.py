"""Check the laws of the tree: each module has a test beside it, and none is too long to be read in one go.

::

    python tools/tree.py            exit 1 if a module breaks a law
    python tools/tree.py --prune    take modules off the list of the untested that have a test now

`src/crossway/plan/route.py` is tested by `tests/plan/test_route.py`, a policy by its cases. Modules without a test
stand in `pyproject.toml`, under `tool.crossway.untested`; the list only gets shorter.
"""

from __future__ import annotations

import argparse
import sys
import tomllib
from pathlib import Path

ROOT = Path(__file__).parents[1]
PROJECT = ROOT / "pyproject.toml"
SOURCE = ROOT / "src/crossway"
TESTS = ROOT / "tests"
LONGEST = 600
"""Lines of a module. Half of it is a reason to stop and think."""


def modules() -> list[Path]:
    """Return the modules that want a test, relative to the package: all but private ones and the faces of packages."""
    return sorted(
        module
        for path in SOURCE.rglob("*.py")
        if not (module := path.relative_to(SOURCE)).name.startswith("_") and module.parts[0] != "protos"
    )


def is_tested(module: Path) -> bool:
    """Return whether a test file mirrors *module*."""
    return (TESTS / module.parent / f"test_{module.name}").exists()


def listed() -> set[Path]:
    """Return the modules that need no test."""
    return {Path(name) for name in tomllib.loads(PROJECT.read_text())["tool"]["crossway"]["untested"]}


def untested() -> set[Path]:
    """Return the modules that have no test."""
    return {module for module in modules() if not is_tested(module)}


def missing_tests() -> list[str]:
    """Return a line for each module without a test, and for each that need not stand in the list any more."""
    return [
        *(f"src/crossway/{module} has no tests/{module.parent}/test_{module.name}" for module in untested() - listed()),
        *(f"pyproject.toml lists {module} without need: run tools/tree.py --prune" for module in listed() - untested()),
    ]


def prune() -> None:
    """Take the modules off the list that have a test now, or are gone."""
    lines = PROJECT.read_text().splitlines(keepends=True)
    needless = {f'    "{module}",\n' for module in listed() - untested()}
    PROJECT.write_text("".join(line for line in lines if line not in needless))


def missing_cases() -> list[str]:
    """Return a line for each policy without a case."""
    policies = (path.parent for path in (SOURCE / "policies").glob("*/__init__.py"))
    return [f"the policy {policy.name} has no cases" for policy in policies if not list(policy.glob("cases/*.yaml"))]


def too_long() -> list[str]:
    """Return a line for each module that has too many."""
    lengths = {path: path.read_text().count("\n") for path in [*SOURCE.rglob("*.py"), *TESTS.rglob("*.py")]}
    return [f"{path.relative_to(ROOT)} has {lines} lines" for path, lines in lengths.items() if lines > LONGEST]


def main() -> int:
    """Print what breaks a law."""
    parser = argparse.ArgumentParser(description="Check the laws of the tree.")
    parser.add_argument("--prune", action="store_true", help="take modules off the list that have a test now")
    if parser.parse_args().prune:
        prune()
    trouble = sorted([*missing_tests(), *missing_cases(), *too_long()])
    for line in trouble:
        print(line)
    return 1 if trouble else 0


if __name__ == "__main__":
    sys.exit(main())
