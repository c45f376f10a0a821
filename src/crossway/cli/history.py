"""``crossway history``: the revisions, the newest first."""

from __future__ import annotations

from typing import Final

from crossway.cli.options import HERE, Where
from crossway.cli.remote import Plain, crossway
from crossway.cli.terminal import Listing, answer_list, to_the_second

COLUMNS: Final = ("revision", "time", "author", "state", "changed", "message")


def history(
    *,
    limit: int = 20,
    format: Listing = "table",  # noqa: A002 - it is the name of the option
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
    answer_list(revisions, format, COLUMNS, _row)


def _row(revision: Plain) -> list[str]:
    about = [revision["message"], f"({revision['reason']})" if revision["reason"] else ""]
    return [
        str(revision["number"]),
        to_the_second(revision["time"]),
        revision["author"],
        revision["state"],
        str(revision["changed"]),
        " ".join(filter(None, about)),
    ]
