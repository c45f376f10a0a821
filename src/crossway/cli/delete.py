"""``crossway delete``: remove one resource, with proof."""

from __future__ import annotations

from crossway.cli.change import conclude, conflict
from crossway.cli.finding import Format
from crossway.cli.kinds import kind_of, name_of
from crossway.cli.options import HERE, Message, Namespace, Switch, Where
from crossway.cli.remote import crossway, segment
from crossway.errors import Conflict


def delete(
    kind: str,
    name: str,
    /,
    *,
    namespace: Namespace = "",
    if_match: str = "",
    message: Message = "",
    dry_run: Switch = False,
    timeout: str = "60s",
    format: Format = "text",  # noqa: A002 - it is the name of the option
    where: Where = HERE,
) -> int:
    """Remove one resource from every proxy.

    The exit status is 0 once it is gone, 1 if that was refused or rolled back, and 2 if nobody could be asked.

    Parameters
    ----------
    kind
        Its kind, such as `routes` or `route`.
    name
        Its name, `name` or `namespace/name`.
    namespace
        Its namespace.
    if_match
        Remove it only if it still has this version, the `etag` that `crossway get` shows as JSON.
    message
        What the change is for; it stands in the history.
    dry_run
        Do everything up to the validation by Envoy, and change nothing.
    timeout
        Take the change back if it is not live on every proxy after this time.
    format
        `text` for people, `json` for all of it, `github` for annotations in GitHub Actions, `sarif` for code scanning.
    where
        Which Crossway is asked.

    """
    path = f"/v1/resources/{segment(kind_of(kind), *name_of(name, namespace))}"
    headers = {"If-Match": f'"{if_match}"'} if if_match else {}
    query = {"message": message, "dry_run": dry_run, "timeout": timeout}
    with crossway(where) as asked:
        try:
            applied = asked.send("DELETE", path, headers=headers, query=query)
        except Conflict as error:
            return conflict(error)
        return conclude(applied, format, runs=asked.runs)
