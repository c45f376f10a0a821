"""Tokens: who may come over TCP. Only an admin makes and revokes them; one bound to namespaces, only within these."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Annotated, Final

from litestar import delete, get, post
from litestar.params import JSONBody, PathParameter
from msgspec import Meta, Struct

from crossway.admin.api import NAME, Api, Ask
from crossway.admin.audit import ACTION
from crossway.admin.documented import problems
from crossway.admin.gate import ROLE
from crossway.admin.problems import invalid
from crossway.admin.tokens import Grant
from crossway.errors import NotFound
from crossway.model import parse_duration
from crossway.model.access import Identity, Role, Token

_LONGEST: Final = timedelta(days=36_500)


class TokenInput(Struct, forbid_unknown_fields=True, frozen=True):
    """A token to be made."""

    name: Annotated[str, Meta(min_length=1, max_length=128, pattern=r"^[^\x00-\x1f\x7f]+$", description="What for.")]
    role: Role
    namespaces: Annotated[
        list[Annotated[str, Meta(max_length=253, pattern=NAME)]],
        Meta(max_length=1000, description="The namespaces it is bound to; empty for all."),
    ] = []
    expires_in: Annotated[
        Annotated[str, Meta(max_length=64)] | None,
        Meta(description="How long it holds, such as `90d`; without it, for ever."),
    ] = None


class TokenAnswer(Struct, frozen=True, kw_only=True):
    """A token, without itself."""

    id: Annotated[str, Meta(description="What it begins with, after `cw_`.")]
    name: str
    role: Role
    namespaces: list[str]
    created: datetime
    expires: datetime | None


class NewToken(TokenAnswer, frozen=True, kw_only=True):
    """A token that was made just now."""

    token: Annotated[str, Meta(description="The token itself. It is shown this once.")]


class TokenAnswers(Struct, frozen=True):
    """All tokens."""

    items: list[TokenAnswer]


@get("/tokens", operation_id="listTokens", tags=["tokens"], responses=problems(), opt={ROLE: Role.ADMIN})
async def list_tokens(request: Ask, api: Api) -> TokenAnswers:
    """List the tokens, the oldest first."""
    return TokenAnswers([_answer(token) for token in await api.tokens.all() if _governs(request.user, token)])


@post(
    "/tokens",
    status_code=201,
    operation_id="createToken",
    tags=["tokens"],
    responses=problems(413, 415),
    opt={ROLE: Role.ADMIN, ACTION: "token.create"},
)
async def create_token(request: Ask, api: Api, data: JSONBody[TokenInput]) -> NewToken:
    """Make a token. The answer is the only place where it ever stands."""
    namespaces = frozenset(data.namespaces)
    own = request.user.namespaces
    if own and not (namespaces and namespaces <= own):
        raise invalid("namespaces", "a token that is bound makes tokens with the same bounds", ", ".join(sorted(own)))
    grant = Grant(data.name, data.role, namespaces, _expires(data.expires_in))
    async with api.audit.write(api.audit.entry(request, request.user, f"{data.role} {data.name}")) as entry:
        text, token = await api.tokens.add(grant)
        entry.outcome = f"token {token.id}"
    answer = _answer(token)
    return NewToken(
        id=answer.id,
        name=answer.name,
        role=answer.role,
        namespaces=answer.namespaces,
        created=answer.created,
        expires=answer.expires,
        token=text,
    )


@delete(
    "/tokens/{id:str}",
    status_code=204,
    operation_id="revokeToken",
    tags=["tokens"],
    responses=problems(404),
    opt={ROLE: Role.ADMIN, ACTION: "token.revoke"},
)
async def revoke_token(
    request: Ask,
    api: Api,
    id: Annotated[str, PathParameter(description="What the token begins with, after `cw_`.")],  # noqa: A002
) -> None:
    """Revoke a token: at once here, within seconds at other control planes of the same store."""
    token = await api.tokens.find(id)
    if not _governs(request.user, token):
        raise NotFound(f"there is no token {id}")
    async with api.audit.write(api.audit.entry(request, request.user, f"token {id}")):
        await api.tokens.remove(id)


def _governs(who: Identity, token: Token) -> bool:
    """Return whether a token exists for *who*: one that sees more than they do does not."""
    return not who.namespaces or (bool(token.namespaces) and token.namespaces <= who.namespaces)


def _answer(token: Token) -> TokenAnswer:
    return TokenAnswer(
        id=token.id,
        name=token.name,
        role=token.role,
        namespaces=sorted(token.namespaces),
        created=token.created,
        expires=token.expires,
    )


def _expires(text: str | None) -> datetime | None:
    if text is None:
        return None
    try:
        return datetime.now(UTC) + parse_duration(text)
    except ValueError as error:
        raise invalid("expires_in", str(error), "a duration, such as 90d") from None


PAGES: Sequence[object] = (list_tokens, create_token, revoke_token)
