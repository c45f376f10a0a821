"""The gate: who asks, and whether their role is enough. It stands before everything under ``/v1``.

Over the Unix socket, whoever can open it is admin: the file system has decided already. Over TCP, a bearer token says
it (RFC 6750). Right tokens are never kept waiting, so that one who guesses locks nobody else out.
"""

from __future__ import annotations

from typing import Final

from litestar.connection import ASGIConnection
from litestar.datastructures import State
from litestar.exceptions import NotAuthorizedException, PermissionDeniedException, TooManyRequestsException
from litestar.handlers.base import BaseRouteHandler
from litestar.types import Guard, Scope

from crossway.admin.throttle import Throttle
from crossway.admin.tokens import Tokens
from crossway.model.access import Identity, Role

LOCAL: Final = "crossway.local"
"""Where, in the state of a request that came over the Unix socket, the account stands."""
ROLE: Final = "role"
"""The option of a handler that says which role it takes."""
_REALM: Final = 'Bearer realm="crossway"'

Connection = ASGIConnection[BaseRouteHandler, Identity, object, State]


def gate(tokens: Tokens | None) -> Guard:
    """Return what lets a request through to its handler, with who asks as its ``user``, or raises what to answer.

    It goes by *tokens*; without any, only the Unix socket leads in. It is a function: Litestar makes deep copies of the
    objects it is given, the store behind them included.
    """
    throttle = Throttle()

    async def passing(connection: Connection, handler: BaseRouteHandler) -> None:
        who = await _who(connection, tokens, throttle)
        connection.scope["user"] = who
        role: Role = handler.opt[ROLE]
        if not who.role.includes(role):
            raise PermissionDeniedException(f"this takes the role {role}, and {who.name} is {who.role}")

    return passing


async def _who(connection: Connection, tokens: Tokens | None, throttle: Throttle) -> Identity:
    account = connection.scope["state"].get(LOCAL)
    if isinstance(account, str):
        return Identity(f"local:{account}", Role.ADMIN)
    scheme, _, text = connection.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not text.strip():
        raise NotAuthorizedException(
            "a token is needed: send it as Authorization: Bearer cw_...", headers={"WWW-Authenticate": _REALM}
        )
    who = await tokens.identify(text.strip()) if tokens else None
    if who is not None:
        return who
    if seconds := throttle.wrong(address_of(connection.scope)):
        raise TooManyRequestsException(
            "too many wrong tokens came from this address", headers={"Retry-After": str(seconds)}
        )
    raise NotAuthorizedException(
        "this token is unknown, revoked or expired", headers={"WWW-Authenticate": f'{_REALM}, error="invalid_token"'}
    )


def address_of(scope: Scope) -> str:
    """Return the address that a request came from; ``unix`` for the Unix socket."""
    client = scope.get("client")
    return "unix" if LOCAL in scope["state"] or not client else client[0]
