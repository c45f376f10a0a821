"""``crossway routes``: the routes, in the order in which they are tried."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from crossway.cli.options import HERE, Where
from crossway.cli.remote import Plain, crossway
from crossway.cli.terminal import Listing, answer_json, answer_table, is_narrow


def routes(
    *,
    config: Path | None = None,
    format: Listing = "table",  # noqa: A002 - it is the name of the option
    where: Where = HERE,
) -> None:
    """List the routes, in the order in which they are tried: what is live, or what a configuration would make.

    Parameters
    ----------
    config
        Read this file or directory instead of asking a running Crossway.
    format
        `table`, or `json`.
    where
        Which Crossway is asked.

    """
    rows = _read(config) if config else _ask(where)
    if format == "json":
        answer_json(rows)
        return
    answer_table(*(_narrow(rows) if is_narrow() else _wide(rows)))


def _ask(where: Where) -> Sequence[Plain]:
    with crossway(where, alone=False) as asked:
        rows: Sequence[Plain] = asked.ask("/v1/routes")["items"]
    return rows


def _read(config: Path) -> Sequence[Plain]:
    from crossway.cli.opening import open_told  # not needed, and slow, where a running Crossway is asked
    from crossway.daemon.describe import describe_routes

    return describe_routes(open_told(config).pipeline.routes())


def _wide(rows: Sequence[Plain]) -> tuple[list[str], list[list[str]]]:
    heads = ["gateway", "listener", "hostname", "path", "conditions", "route", "action", "policies", "state"]
    return heads, [[_text(row[head]) for head in heads] for row in rows]


def _narrow(rows: Sequence[Plain]) -> tuple[list[str], list[list[str]]]:
    """Return fewer columns, with the same content but for the policies."""
    return ["listener", "request", "route", "action", "state"], [
        [
            f"{row['gateway']}/{row['listener']}",
            f"{row['hostname']}{row['path']} {row['conditions']}".rstrip(),
            row["route"],
            row["action"],
            row["state"],
        ]
        for row in rows
    ]


def _text(value: str | Sequence[str]) -> str:
    return value if isinstance(value, str) else ",".join(value)
