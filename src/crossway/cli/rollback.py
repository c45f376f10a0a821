"""``crossway rollback``: an earlier revision comes back, with proof."""

from __future__ import annotations

from dataclasses import asdict

from crossway.cli.change import make
from crossway.cli.finding import Format
from crossway.cli.options import AS_USUAL, HERE, Making, Where
from crossway.cli.remote import crossway


def rollback(
    revision: int,
    /,
    *,
    making: Making = AS_USUAL,
    format: Format = "text",  # noqa: A002 - it is the name of the option
    where: Where = HERE,
) -> int:
    """Bring back what an earlier revision said, as a new revision.

    The exit status is that of `crossway apply`.

    Parameters
    ----------
    revision
        The number of the revision, from `crossway history`.
    making
        How the change is made.
    format
        `text` for people, `json` for all of it, `github` for annotations in GitHub Actions, `sarif` for code scanning.
    where
        Which Crossway is asked.

    """
    with crossway(where) as asked:
        return make(asked, f"/v1/revisions/{revision}/rollback", asdict(making), format)
