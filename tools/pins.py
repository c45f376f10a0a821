"""Write `requirements/` from what is installed here: every package that `pyproject.toml` asks for, and theirs.

::

    python tools/pins.py            write the pins of this environment
    python tools/pins.py --check    exit 1 if the pins do not fit pyproject.toml, or code imports what that leaves out

A pin is a name and a version, and nothing else: where packages come from is the business of whoever installs them.
"""

from __future__ import annotations

import argparse
import ast
import sys
import tomllib
from collections.abc import Iterable
from importlib.metadata import packages_distributions, requires, version
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[1]
REQUIREMENTS = ROOT / "requirements"
OURS = ("tests", "bench", "examples", "tools")
"""The folders beside `src`, which may use what developers install."""


def asked() -> dict[str, list[Requirement]]:
    """Return what `pyproject.toml` asks for, under the name of the file that pins it."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    groups = project["dependency-groups"]
    run, extras = project["project"]["dependencies"], project["project"]["optional-dependencies"]
    wanted = {"run": run, **extras, "build": groups["build"], "dev": groups["dev"]}
    return {name: [Requirement(line) for line in lines] for name, lines in wanted.items()}


def closure(requirements: Iterable[Requirement]) -> dict[str, str]:
    """Return the version of each package in *requirements*, and of all that they need in turn, as installed here."""
    pins: dict[str, str] = {}
    left = list(requirements)
    while left:
        requirement = left.pop()
        name = canonicalize_name(requirement.name)
        if name in pins:
            continue
        pins[name] = version(name)
        for line in requires(name) or ():
            inner = Requirement(line)
            if inner.marker is None or any(
                inner.marker.evaluate({"extra": extra}) for extra in requirement.extras or {""}
            ):
                left.append(inner)
    return pins


def pinned(name: str) -> dict[str, str]:
    """Return the version of each package in a file of pins."""
    lines = (REQUIREMENTS / f"{name}.txt").read_text().splitlines()
    return dict(line.split("==") for line in lines if line and not line.startswith("#"))


def contradictions() -> list[str]:
    """Return a line for each requirement that no pin meets. What `run` pins holds for all."""
    pins = {name: {**pinned("run"), **pinned(name)} for name in asked()}
    return [
        f"requirements/{name}.txt does not meet {requirement}: run python tools/pins.py"
        for name, requirements in asked().items()
        for requirement in requirements
        if pins[name].get(canonicalize_name(requirement.name), "no pin") not in requirement.specifier
    ]


def strangers() -> list[str]:
    """Return a line for each package that is imported and that `pyproject.toml` does not ask for."""
    wanted = {name: {canonicalize_name(item.name) for item in items} for name, items in asked().items()}
    everything = set().union(*wanted.values())
    owners = packages_distributions()
    return [
        f"{folder}/ imports {name}, which pyproject.toml does not ask for"
        for folder, allowed in {
            "src": wanted["run"] | wanted["ldap"] | wanted["testing"],
            **dict.fromkeys(OURS, everything),
        }.items()
        for name in sorted(imported(ROOT / folder))
        if not {"crossway", *allowed}.intersection(map(canonicalize_name, owners.get(name, ["crossway"])))
    ]


def imported(folder: Path) -> set[str]:
    """Return the first names of what the modules in *folder* import."""
    names: set[str] = set()
    for module in [*folder.glob("*.py"), *folder.glob("[!.]*/**/*.py")]:
        for node in ast.walk(ast.parse(module.read_text())):
            if isinstance(node, ast.Import):
                names.update(alias.name for alias in node.names)
            elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
                names.add(node.module)
    return {name.partition(".")[0] for name in names}


def write() -> None:
    """Write a file of pins for each group. A package that `run` pins is left out of the others."""
    wanted = {name: closure(requirements) for name, requirements in asked().items()}
    for name, pins in wanted.items():
        own = [
            f"{package}=={pin}"
            for package, pin in sorted(pins.items())
            if name == "run" or package not in wanted["run"]
        ]
        text = f"# Written by tools/pins.py: what {name} needs, as a whole.\n" + "\n".join(own) + "\n"
        (REQUIREMENTS / f"{name}.txt").write_text(text)


def main() -> int:
    """Write the pins, or check them."""
    parser = argparse.ArgumentParser(description="Pin what pyproject.toml asks for.")
    parser.add_argument("--check", action="store_true", help="change nothing, fail if the pins do not fit")
    if not parser.parse_args().check:
        write()
    trouble = [*contradictions(), *strangers()]
    for line in trouble:
        print(line)
    return 1 if trouble else 0


if __name__ == "__main__":
    sys.exit(main())
