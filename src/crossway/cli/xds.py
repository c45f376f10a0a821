"""``crossway show xds``: what a proxy is given."""

from __future__ import annotations

from collections.abc import Sequence
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Annotated, Final, Literal

from cyclopts import Parameter

from crossway.cli.options import HERE, Where
from crossway.cli.remote import Plain, crossway
from crossway.cli.terminal import answer, answer_json
from crossway.errors import UserError

ALL: Final = "*"


def xds(
    *,
    config: Path | None = None,
    gateway: Annotated[tuple[str, ...], Parameter(negative="")] = (),
    type: Literal["listeners", "routes", "clusters", "endpoints", "filters", "secrets"] | None = None,  # noqa: A002 - an option
    name: str = "*",
    format: Literal["yaml", "json"] = "yaml",  # noqa: A002 - the same
    where: Where = HERE,
) -> None:
    """Show what a proxy is given: Envoy's resources, each with what it was made from. Secrets are not shown.

    Parameters
    ----------
    config
        Read this file or directory instead of asking a running Crossway.
    gateway
        What a proxy is given that serves only this gateway; may be given several times.
    type
        Only resources of this kind.
    name
        Only resources whose name fits; `*` and `?` stand for anything.
    format
        `yaml`, or `json`.
    where
        Which Crossway is asked.

    """
    view = ",".join(sorted(gateway)) or ALL
    resources = _read(config, gateway, view) if config else _ask(where, view)
    chosen = [one for one in resources if type in (None, one["type"]) and fnmatchcase(one["name"], name)]
    if format == "json":
        answer_json(chosen)
        return
    for resource in chosen:
        answer(_yaml(resource))


def _ask(where: Where, view: str) -> Sequence[Plain]:
    with crossway(where, alone=False) as asked:
        resources: Sequence[Plain] = asked.ask("/v1/xds", view=view)["items"]
    return resources


def _read(config: Path, gateways: Sequence[str], view: str) -> Sequence[Plain]:
    from crossway.cli.opening import open_told  # not needed, and slow, where a running Crossway is asked
    from crossway.daemon.describe import describe_snapshot
    from crossway.model import DEFAULT_NAMESPACE, Ref, did_you_mean

    opened = open_told(config)
    known = [ref.local for ref in opened.pipeline.loaded.resources if ref.kind == "gateways"]
    for gateway in gateways:
        if Ref.parse("gateways", gateway, DEFAULT_NAMESPACE).local not in known:
            hint = did_you_mean(gateway, known) or f"there are: {', '.join(known) or 'none'}"
            raise UserError(f"there is no gateway {gateway!r}; {hint}")
    return describe_snapshot(opened.snapshot(view))


def _yaml(resource: Plain) -> str:
    """Return one YAML document, with what is not Envoy's in a comment."""
    import yaml

    about = f", from {resource['about']}" if resource["about"] else ""
    comment = f"# {resource['type']} {resource['name']}, version {resource['version']}{about}"
    text: str = yaml.safe_dump(resource["resource"], sort_keys=False, allow_unicode=True, width=120)
    return f"---\n{comment}\n{text.rstrip()}"
