"""``crossway history``: the revisions, the newest first."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

from crossway.cli.options import HERE, Where
from crossway.cli.remote import crossway
from crossway.cli.terminal import answer_json, answer_table


def history(
    *,
    limit: int = 20,
    format: Literal["table", "json"] = "table",  # noqa: A002 - it is the name of the option
    where: Where = HERE,
) -> None:
    """List the revisions, the newest first: who changed how much, when and what for, and what was refused and why.

    Parameters
    ----------
    limit
        How many at most.
    format
        `table`, or `json`.
    where
        Which Crossway is asked.

    """
    with crossway(where) as asked:
        revisions = [*asked.items("/v1/revisions", "before", limit)]
    if format == "json":
        answer_json(revisions)
        return
    heads = ["revision", "time", "author", "state", "changed", "message"]
    answer_table(heads, [_row(revision) for revision in revisions])


def _row(revision: Mapping[str, Any]) -> list[str]:
    number, changed = str(revision["number"]), str(revision["changed"])
    about = [revision["message"], f"({revision['reason']})" if revision["reason"] else ""]
    return [
        number,
        revision["time"][:19],
        revision["author"],
        revision["state"],
        changed,
        " ".join(filter(None, about)),
    ]
