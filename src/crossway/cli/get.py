"""``crossway get``: resources as they are kept."""

from __future__ import annotations

from collections.abc import Iterable
from fnmatch import fnmatchcase
from typing import Annotated, Any, Final, Literal

from cyclopts import Parameter

from crossway.cli.kinds import DEFAULT, kind_of, local, name_of
from crossway.cli.options import HERE, Namespace, Where
from crossway.cli.remote import HEAD, Crossway, Plain, crossway, revision, segment
from crossway.cli.terminal import answer, answer_json, answer_list

PATTERN: Final = frozenset("*?[")
"""What makes a pattern of a name."""


def get(
    kind: str = "",
    name: str = "",
    /,
    *,
    namespace: Namespace = "",
    format: Literal["table", "yaml", "json"] = "table",  # noqa: A002 - it is the name of the option
    at: Annotated[str, Parameter(name="--revision")] = HEAD,
    where: Where = HERE,
) -> None:
    """List resources, or show one. Secrets are not shown.

    Parameters
    ----------
    kind
        Only this kind, such as `routes` or `route`.
    name
        Only this one, `name` or `namespace/name`; `*` and `?` stand for anything.
    namespace
        Only those in this namespace.
    format
        `table`; `yaml`, which `crossway apply` takes; or `json`.
    at
        As they were in this revision; `head` is the newest that is live.
    where
        Which Crossway is asked.

    """
    wanted = kind_of(kind) if kind else None
    inside, wanted_name = name_of(name, namespace) if name else (namespace, "*")
    with crossway(where) as asked:
        if wanted and name and at == HEAD and not PATTERN & {*name}:
            path = f"/v1/resources/{segment(wanted, inside, wanted_name)}"
            if format == "json":
                answer_json(asked.ask(path))
                return
            found = [asked.ask(path)]
        else:
            found = [*_listed(asked, at, wanted, inside, wanted_name)]
    if format == "yaml":
        _answer_yaml(found)
    else:
        answer_list(found, format, ["kind", "name", "revision", "origin"], _row)


def _listed(asked: Crossway, at: str, kind: str | None, namespace: str, name: str) -> Iterable[Plain]:
    if at == HEAD:
        return asked.items("/v1/resources", "cursor", kind=kind, namespace=namespace or None, name=name)
    items = asked.ask(f"/v1/revisions/{revision(at)}/resources")["items"]
    return (
        one
        for one in items
        if kind in (None, one["kind"]) and namespace in ("", one["namespace"]) and fnmatchcase(one["name"], name)
    )


def _answer_yaml(resources: Iterable[Plain]) -> None:
    """Write a whole document, as it can be applied."""
    from crossway.dialects.native.render import render_yaml  # slow, and seldom needed

    document: dict[str, Any] = {}
    for one in resources:
        inside = document
        if one["namespace"] != DEFAULT:
            inside = document.setdefault("namespaces", {}).setdefault(one["namespace"], {})
        if one["kind"] == "namespaces":  # its resources stand beside what it says itself
            inside.setdefault("namespaces", {}).setdefault(one["name"], {}).update(one["value"] or {})
        else:
            inside.setdefault(one["kind"], {})[one["name"]] = one["value"]
    if document:
        answer(render_yaml(document).rstrip())


def _row(resource: Plain) -> list[str]:
    origin = resource["origin"]
    place = f"{origin['document']}:{origin['line']}" if origin["line"] else origin["document"]
    return [resource["kind"], local(resource["namespace"], resource["name"]), str(resource["revision"]), place]
