"""``crossway rollback``: an earlier revision comes back, with proof."""

from __future__ import annotations

from typing import Annotated

from cyclopts import Parameter

from crossway.cli.change import make
from crossway.cli.finding import Format
from crossway.cli.options import HERE, Message, Switch, Where
from crossway.cli.remote import crossway


def rollback(
    revision: int,
    /,
    *,
    message: Message = "",
    dry_run: Switch = False,
    wait: Annotated[bool, Parameter(negative="--no-wait")] = True,
    timeout: str = "60s",
    format: Format = "text",  # noqa: A002 - it is the name of the option
    where: Where = HERE,
) -> int:
    """Bring back what an earlier revision said, as a new revision.

    The exit status is that of `crossway apply`.

    Parameters
    ----------
    revision
        The number of the revision, from `crossway history`.
    message
        What the change is for; it stands in the history.
    dry_run
        Do everything up to the validation by Envoy, and change nothing.
    wait
        Wait until the change is live.
    timeout
        Take the change back if it is not live on every proxy after this time.
    format
        `text` for people, `json` for all of it, `github` for annotations in GitHub Actions, `sarif` for code scanning.
    where
        Which Crossway is asked.

    """
    body = {"message": message, "dry_run": dry_run, "wait": wait, "timeout": timeout}
    with crossway(where) as asked:
        return make(asked, f"/v1/revisions/{revision}/rollback", body, format)
