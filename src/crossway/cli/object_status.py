"""The status of the objects of documents: as a controller would write it into them, and for people."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby
from operator import itemgetter
from pathlib import Path
from typing import Any, Literal

from crossway.cli.terminal import answer, answer_json, say
from crossway.daemon.registry import load_dialects
from crossway.dialects.native.render import render_yaml
from crossway.dialects.statuses import Reported, statuses
from crossway.dialects.translator import Translator
from crossway.sources.python import open_source

Style = Literal["text", "json", "yaml"]
Status = Mapping[str, Any]
"""A status, or a part of one, in the words of its language: what is in it beside conditions is each language's own."""

_USUALLY_FALSE = frozenset({"Conflicted", "PartiallyInvalid"})
"""Conditions that say what is out of order when they hold."""
_PARTS = ("listeners", "parents", "ancestors")
_NAMES = ("namespace", "name", "sectionName")


def show_status(config: Path, style: Style) -> bool:
    """Write the status of each object in a file or directory, and return whether there are some and all are well."""
    documents, missing = open_source(config).read()
    translator = Translator(load_dialects())
    translated = translator.read(documents)
    for finding in (*missing, *translated.refusals):
        say(str(finding))
    told = translator.ask(statuses)
    return bool(told) and show(told, style)


def show(told: Sequence[Reported], style: Style) -> bool:
    """Write the status of each object, and return whether every one is as it should be."""
    if style == "json":
        answer_json([_written(item) for item in told])
    elif style == "yaml":
        answer("---\n".join(render_yaml(_written(item)) for item in told).removesuffix("\n"))
    else:
        for item in told:
            answer(f"{item.about.value.kind} {'/'.join(_identity(item).values())}")
            for line in _lines(item.status):
                answer(f"  {line}")
    return all(_is_well(one) for item in told for _, one in _conditions(item.status, ""))


def _identity(item: Reported) -> dict[str, str]:
    """Return the namespace of an object, if it says one, and its name."""
    metadata = item.about.value.metadata
    namespace = {"namespace": metadata.namespace} if "namespace" in metadata.model_fields_set else {}
    return {**namespace, "name": metadata.name}


def _written(item: Reported) -> dict[str, object]:
    """Return what an object is known by, and its status, as the object has them."""
    value = item.about.value
    return {"apiVersion": value.api_version, "kind": value.kind, "metadata": _identity(item), "status": item.status}


def _lines(status: Status) -> Iterator[str]:
    """Yield a line for each part of an object with the conditions that hold, and one for each that is out of order."""
    for place, found in groupby(_conditions(status, ""), itemgetter(0)):
        conditions = [condition for _, condition in found]
        well = [one["type"] for one in conditions if _is_well(one) and one["status"] == "True"]
        yield place + (", ".join(well) or "nothing is well")
        for one in conditions:
            if not _is_well(one):
                yield f"{place}{one['type']} is {one['status']} ({one['reason']}): {one['message']}"


def _conditions(status: Status, where: str) -> Iterator[tuple[str, Mapping[str, str]]]:
    """Yield each condition of a status, or a part of one, after what it is about within the object."""
    for condition in status.get("conditions", ()):
        yield where, condition
    for part in _PARTS:
        for item in status.get(part, ()):
            yield from _conditions(item, _place(item))


def _place(item: Status) -> str:
    """Return what begins the lines about a part of an object: a listener, or a parent."""
    if "name" in item:
        return f"listener {item['name']}: "
    named = item.get("parentRef") or item["ancestorRef"]
    return f"{named['kind']} {'/'.join(named[name] for name in _NAMES if name in named)}: "


def _is_well(condition: Mapping[str, str]) -> bool:
    return condition["status"] == ("False" if condition["type"] in _USUALLY_FALSE else "True")
