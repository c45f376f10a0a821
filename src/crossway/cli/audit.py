"""``crossway audit``: who changed what, in a log that cannot be rewritten unseen."""

from __future__ import annotations

from typing import Final, Literal

from cyclopts import App

from crossway.cli.options import HERE, Where
from crossway.cli.remote import Plain, crossway
from crossway.cli.terminal import Listing, answer, answer_json, answer_list, to_the_second

COLUMNS: Final = ("number", "time", "author", "address", "action", "target", "outcome")

audit = App(name="audit", help="Show the audit log, and prove it whole.")


@audit.default
def log(
    *,
    limit: int = 20,
    format: Listing = "table",  # noqa: A002 - it is the name of the option
    where: Where = HERE,
) -> None:
    """List the entries of the audit log, the newest first: every write, and every attempt at one.

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
        entries = [*asked.items("/v1/audit", "before", limit)]
    answer_list(entries, format, COLUMNS, _row)


@audit.command
def verify(
    *,
    format: Literal["text", "json"] = "text",  # noqa: A002 - it is the name of the option
    where: Where = HERE,
) -> int:
    """Prove that no entry of the audit log was changed, taken out or put in: each has the hash of the one before.

    The exit status is 1 if the chain is broken.

    Parameters
    ----------
    format
        `text`, or `json`.
    where
        Which Crossway is asked.

    """
    with crossway(where) as asked:
        proof = asked.ask("/v1/audit/verify")
    entries = f"{proof['entries']:,} {'entry' if proof['entries'] == 1 else 'entries'}"
    if format == "json":
        answer_json(proof)
    elif proof["whole"]:
        answer(f"the audit log is whole: {entries}")
    else:
        answer(f"the audit log is BROKEN at entry {proof['broken_at']}, of {entries}")
    return 0 if proof["whole"] else 1


def _row(entry: Plain) -> list[str]:
    told = {**entry, "number": str(entry["number"]), "time": to_the_second(entry["time"])}
    return [told[column] for column in COLUMNS]
