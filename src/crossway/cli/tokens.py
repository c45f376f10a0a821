"""``crossway tokens``: who may ask over the network."""

from __future__ import annotations

from typing import Annotated, Final, Literal

from cyclopts import App, Parameter

from crossway.cli.options import HERE, Where
from crossway.cli.remote import Plain, crossway, segment
from crossway.cli.terminal import Listing, answer, answer_list, say, to_the_second

COLUMNS: Final = ("id", "name", "role", "namespaces", "created", "expires")

tokens = App(name="tokens", help="Make, list and revoke the tokens of the admin API.")


@tokens.command
def create(
    name: str,
    /,
    *,
    role: Literal["viewer", "editor", "operator", "admin"] = "viewer",
    namespace: Annotated[tuple[str, ...], Parameter(name=["--namespace", "-n"], negative="")] = (),
    expires_in: str = "",
    where: Where = HERE,
) -> None:
    """Make a token, and print it: this once, since only a hash of it is kept.

    Parameters
    ----------
    name
        What the token is for; whatever is done with it is done by `token:NAME`.
    role
        `viewer` reads; `editor` also changes resources and secrets; `operator` also rolls back, and sees what proxies
        are given; `admin` also makes tokens, and reads the audit log.
    namespace
        A namespace that exists for the token; may be given several times. All of them without it.
    expires_in
        How long it holds, such as `90d`; for ever without it.
    where
        Which Crossway is asked.

    """
    body = {"name": name, "role": role, "namespaces": namespace, "expires_in": expires_in or None}
    with crossway(where, create=True) as asked:
        made = asked.send("POST", "/v1/tokens", body)
    say(f"this is the only time that the token {made['id']} is shown; crossway tokens revoke {made['id']} ends it")
    answer(made["token"])


@tokens.command(name="list")
def list_(
    *,
    format: Listing = "table",  # noqa: A002 - it is the name of the option
    where: Where = HERE,
) -> None:
    """List the tokens: what each is for and may do, never the token itself.

    Parameters
    ----------
    format
        `table`, or `json`.
    where
        Which Crossway is asked.

    """
    with crossway(where) as asked:
        found = asked.ask("/v1/tokens")["items"]
    answer_list(found, format, COLUMNS, _row)


@tokens.command
def revoke(id: str, /, *, where: Where = HERE) -> None:  # noqa: A002 - it is the name of the field
    """End a token at once.

    Parameters
    ----------
    id
        What the token begins with, from `crossway tokens list`.
    where
        Which Crossway is asked.

    """
    with crossway(where) as asked:
        asked.send("DELETE", f"/v1/tokens/{segment(id)}")
    say(f"the token {id} is revoked")


def _row(token: Plain) -> list[str]:
    return [
        token["id"],
        token["name"],
        token["role"],
        ",".join(token["namespaces"]) or "all",
        to_the_second(token["created"]),
        to_the_second(token["expires"]) if token["expires"] else "never",
    ]
