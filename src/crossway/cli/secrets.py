"""``crossway secrets``: values that can be used and never be read again."""

from __future__ import annotations

import sys
from getpass import getpass
from pathlib import Path

from cyclopts import App

from crossway.cli.kinds import local, name_of
from crossway.cli.options import HERE, Namespace, Where
from crossway.cli.remote import Plain, crossway, segment
from crossway.cli.terminal import Listing, answer_list, say, to_the_second
from crossway.errors import UserError

secrets = App(name="secrets", help="Put, list and delete secrets; nobody can read one.")


@secrets.command
def put(
    name: str,
    /,
    *,
    file: Path | None = None,
    namespace: Namespace = "",
    where: Where = HERE,
) -> None:
    """Keep a secret, new or instead of the old one. Its value comes from standard input, or from a file.

    Parameters
    ----------
    name
        Its name, `name` or `namespace/name`.
    file
        Read the value from this file. A line break at its end does not belong to it, nor to what comes by a pipe.
    namespace
        Its namespace.
    where
        Which Crossway is asked.

    """
    path = _path(name, namespace)
    value = _value(name, file)
    with crossway(where, create=True) as asked:
        asked.send("PUT", path, {"value": value})
    say(f"the secret {name} is kept")


@secrets.command(name="list")
def list_(
    *,
    format: Listing = "table",  # noqa: A002 - it is the name of the option
    where: Where = HERE,
) -> None:
    """List the names of the secrets.

    Parameters
    ----------
    format
        `table`, or `json`.
    where
        Which Crossway is asked.

    """
    with crossway(where) as asked:
        found = asked.ask("/v1/secrets")["items"]
    answer_list(found, format, ["name", "time"], _row)


@secrets.command
def delete(
    name: str,
    /,
    *,
    namespace: Namespace = "",
    where: Where = HERE,
) -> None:
    """Forget a secret.

    Parameters
    ----------
    name
        Its name, `name` or `namespace/name`.
    namespace
        Its namespace.
    where
        Which Crossway is asked.

    """
    with crossway(where) as asked:
        asked.send("DELETE", _path(name, namespace))
    say(f"the secret {name} is gone")


def _path(name: str, namespace: str) -> str:
    return f"/v1/secrets/{segment(*name_of(name, namespace))}"


def _row(secret: Plain) -> list[str]:
    return [local(secret["namespace"], secret["name"]), to_the_second(secret["time"])]


def _value(name: str, file: Path | None) -> str:
    if file is None and sys.stdin.isatty():
        return getpass(f"{name}: ")
    try:
        text = sys.stdin.read() if file is None else file.read_text()
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not text"
        raise UserError(f"the value cannot be read from {file or 'standard input'}: {reason}") from None
    return text.removesuffix("\n").removesuffix("\r")
