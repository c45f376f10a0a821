"""The foreign dialects: what becomes of each field, from their schemas; and in how many of the cases beside them."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from itertools import groupby
from pathlib import Path

import crossway.dialects
from crossway.daemon.registry import load_dialects
from crossway.dialects.contract import Dialect, Ignored, Mapped
from crossway.dialects.fate import fates
from crossway.dialects.fate import shape as path_shape
from crossway.dialects.native.values import parse_yaml
from crossway.dialects.parity import Field, parity
from crossway.dialects.translator import Translator, objects
from crossway.model import Document

FOLDER = Path(crossway.dialects.__path__[0])

SHARED = "kubernetes"
_OF_ALL = re.compile(r"(apiVersion|kind|metadata|status)\b")
"""What every object of Kubernetes has; it stands on the page of the dialect that others share."""

_INTRODUCTION = """# Dialects

Files of these languages are read by every verb, beside native ones and each other: a document says itself what it is.
`crossway convert` writes them in another language, and says of each object what was mapped, ignored and refused.

A field that is *mapped* goes where the table says. One that is *ignored* changes nothing that matters, for the reason
given. One that is *refused* closes what it stands in, for the reason given: its routes answer 503, its services have no
endpoints. So does a field that no schema knows. The last column counts the cases of our tests that have the field."""


def index() -> str:
    """Return the list of the dialects."""
    rows = [f"- [{dialect.title}]({dialect.name}.md): {_sum(parity(dialect))}" for dialect in load_dialects()]
    return f"{_INTRODUCTION}\n\n" + "\n".join(rows) + "\n"


def pages() -> dict[str, str]:
    """Return the page of each dialect, by its name."""
    return {dialect.name: _page(dialect) for dialect in load_dialects()}


def _page(dialect: Dialect) -> str:
    tried = _tried(dialect.name)
    parts = [f"# {dialect.title}", _sum(parity(dialect))]
    own = [field for field in parity(dialect) if dialect.name == SHARED or not _OF_ALL.match(field.path)]
    for kind, fields in groupby(own, key=lambda field: field.kind):
        group, _, name = kind.rpartition("/")
        versions = next(concept.versions for concept in dialect.concepts if concept.kind == kind)
        said = f"`{group}`, " if group else ""
        read = f"{said}read in {', '.join(f'`{version}`' for version in versions)}." if any(versions) else ""
        rows = [f"| `{field.path}` | {_fate(field)} | {tried[kind, field.path] or ''} |" for field in fields]
        parts.append("\n".join((f"## {name}", "", *((read, "") if read else ()), _HEAD, *rows)))
    return "\n\n".join(parts) + "\n"


_HEAD = "| field | what becomes of it | cases |\n|---|---|---|"


def _fate(field: Field) -> str:
    fate = field.fate
    if isinstance(fate, Mapped):
        return f"mapped: {fate.to}"
    return f"{'ignored' if isinstance(fate, Ignored) else '**refused**'}: {fate.why}"


def _sum(fields: tuple[Field, ...]) -> str:
    counted = Counter(type(field.fate).__name__.lower() for field in fields)
    return f"{counted['mapped']} fields mapped, {counted['ignored']} ignored, {counted['refused']} refused."


def _tried(name: str) -> Counter[tuple[str, str]]:
    """Return in how many cases of the dialect of this *name* each field stands."""
    return Counter(field for case in sorted((FOLDER / name).glob("cases/*.yaml")) for field in set(_present(case)))


def _present(case: Path) -> Iterator[tuple[str, str]]:
    (content,) = parse_yaml(case.read_text())
    translator = Translator(load_dialects())
    translator.read([Document("given.yaml", content["given"])])
    for found in translator.ask(objects):
        for item in fates(found.value):
            yield found.key.kind, path_shape(item.path)
            yield found.key.kind, _starred(path_shape(item.path))


def _starred(path: str) -> str:
    """Return *path* as a table has it where its last step is a key of a mapping."""
    head, dot, _ = path.rpartition(".")
    return f"{head}.*" if dot else path
