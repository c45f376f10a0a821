"""``crossway credentials``: the keys and passwords of consumers."""

from __future__ import annotations

from typing import Final, Literal

from cyclopts import App

from crossway.cli.change import QUARANTINED, conclude, conflict, summary
from crossway.cli.kinds import local, name_of
from crossway.cli.options import HERE, Message, Namespace, Where
from crossway.cli.remote import Plain, crossway, segment
from crossway.cli.terminal import Listing, answer, answer_list, say, to_the_second
from crossway.errors import Conflict

COLUMNS: Final = ("kind", "id", "username", "expires")

credentials = App(name="credentials", help="Make, list and revoke the keys and passwords of consumers.")


@credentials.command
def create(
    consumer: str,
    /,
    *,
    kind: Literal["api_key", "basic_auth"] = "api_key",
    id: str = "",  # noqa: A002 - it is the name of the field
    username: str = "",
    expires: str = "",
    namespace: Namespace = "",
    message: Message = "",
    timeout: str = "60s",
    where: Where = HERE,
) -> int:
    """Make a key or a password for a consumer, and print it: this once.

    The exit status is 0 once every proxy knows it, 1 if that was refused or rolled back, 3 if a part of the
    configuration is in quarantine, and 2 if nobody could be asked.

    Parameters
    ----------
    consumer
        The name of the consumer, `name` or `namespace/name`.
    kind
        `api_key`, or `basic_auth` for a password.
    id
        What logs and backends call it; something random without it.
    username
        The name that goes with a password; that of the consumer without it.
    expires
        When it ends: after `90d`, or at a time such as `2027-01-31T00:00:00Z`; never without it.
    namespace
        The namespace of the consumer.
    message
        What it is for; it stands in the history.
    timeout
        Take it back if it is not live on every proxy after this time.
    where
        Which Crossway is asked.

    """
    body = {"kind": kind, "id": id or None, "username": username or None, "expires": expires or None}
    with crossway(where) as asked:
        try:
            made = asked.send("POST", _path(consumer, namespace), body, query={"message": message, "timeout": timeout})
        except Conflict as error:
            return conflict(error)
        if "secret" not in made:
            return conclude(made, "text", runs=asked.runs)
        say(summary(made["applied"], runs=asked.runs))
        what = "password of " + made["username"] if made["username"] else "key"
        end = f"crossway credentials revoke {local(*name_of(consumer, namespace))} {kind} {made['id']}"
        say(f"this is the only time that the {what} is shown; {end} ends it")
        answer(made["secret"])
        return QUARANTINED if made["applied"]["quarantined"] else 0


@credentials.command(name="list")
def list_(
    consumer: str,
    /,
    *,
    namespace: Namespace = "",
    format: Listing = "table",  # noqa: A002 - it is the name of the option
    where: Where = HERE,
) -> None:
    """List the credentials of a consumer, of every kind, without what is secret.

    Parameters
    ----------
    consumer
        The name of the consumer, `name` or `namespace/name`.
    namespace
        The namespace of the consumer.
    format
        `table`, or `json`.
    where
        Which Crossway is asked.

    """
    with crossway(where) as asked:
        found = asked.ask(_path(consumer, namespace))["items"]
    answer_list(found, format, COLUMNS, _row)


@credentials.command
def revoke(
    consumer: str,
    kind: str,
    id: str,  # noqa: A002 - it is the name of the field
    /,
    *,
    namespace: Namespace = "",
    message: Message = "",
    timeout: str = "60s",
    where: Where = HERE,
) -> int:
    """End a credential: every proxy refuses it once this is live.

    The exit status is 0 once it is, 1 if that was refused or rolled back, 3 if a part of the configuration is in
    quarantine, and 2 if nobody could be asked.

    Parameters
    ----------
    consumer
        The name of the consumer, `name` or `namespace/name`.
    kind
        The kind of the credential, such as `api_key`.
    id
        What it is called, from `crossway credentials list`.
    namespace
        The namespace of the consumer.
    message
        Why; it stands in the history.
    timeout
        Give up if it is not live on every proxy after this time: the credential holds then.
    where
        Which Crossway is asked.

    """
    path = f"{_path(consumer, namespace)}/{segment(kind, id)}"
    with crossway(where) as asked:
        try:
            applied = asked.send("DELETE", path, query={"message": message, "timeout": timeout})
        except Conflict as error:
            return conflict(error)
        return conclude(applied, "text", runs=asked.runs)


def _path(consumer: str, namespace: str) -> str:
    return f"/v1/consumers/{segment(*name_of(consumer, namespace))}/credentials"


def _row(credential: Plain) -> list[str]:
    return [
        credential["kind"],
        credential["id"],
        credential["username"] or "",
        to_the_second(credential["expires"]) if credential["expires"] else "never",
    ]
