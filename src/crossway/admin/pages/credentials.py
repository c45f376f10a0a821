"""Credentials of consumers: made here, shown once, revoked at once. Each is a change of its consumer, with proof."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from typing import Annotated, Final, Literal

from litestar import Response, delete, get, post
from litestar.di import NamedDependency
from litestar.openapi.datastructures import ResponseSpec
from litestar.params import JSONBody, PathParameter
from msgspec import Meta, Struct

from crossway.admin import answers
from crossway.admin.api import NAME, Api, Ask, Backing, Name, Namespace, reachable
from crossway.admin.audit import ACTION
from crossway.admin.conditions import ANY, required_version
from crossway.admin.credentials import listed, new_key, new_password, with_one, without
from crossway.admin.desk import Applied, Apply, State
from crossway.admin.documented import problems
from crossway.admin.gate import ROLE
from crossway.admin.making import STATUSES, prove
from crossway.admin.problems import invalid
from crossway.errors import Conflict
from crossway.model import Credential as ModelCredential
from crossway.model import Origin, parse_duration
from crossway.model.access import Role
from crossway.model.revision import Change, Row

_PATH: Final = "/consumers/{namespace:str}/{name:str}/credentials"
_TIME: Final = "a duration, such as 90d, or a time to come, such as 2027-01-31T00:00:00Z"
_ID_BYTES: Final = 4


class CredentialInput(Struct, forbid_unknown_fields=True, frozen=True):
    """A credential to be made."""

    kind: Literal["api_key", "basic_auth"]
    id: Annotated[
        Annotated[str, Meta(max_length=128, pattern=NAME)] | None,
        Meta(description="What logs and backends call it; without it, something random."),
    ] = None
    username: Annotated[
        Annotated[str, Meta(max_length=256, pattern=r"^[^:\x00-\x20\x7f]+$")] | None,
        Meta(description="For `basic_auth`; without it, the name of the consumer."),
    ] = None
    expires: Annotated[
        Annotated[str, Meta(max_length=64)] | None,
        Meta(description="When it ends: after `90d`, or at a time (RFC 3339); without it, never."),
    ] = None


class Credential(Struct, frozen=True, kw_only=True):
    """A credential, without itself."""

    kind: str
    id: Annotated[str, Meta(description="What it is called; one without an `id`, its position among its kind.")]
    username: Annotated[str | None, Meta(description="The name that goes with a password.")]
    expires: datetime | None


class NewCredential(Credential, frozen=True, kw_only=True):
    """A credential that was made just now."""

    secret: Annotated[str, Meta(description="The key, or the password. It is shown this once.")]
    applied: answers.Applied


class Credentials(Struct, frozen=True):
    """The credentials of a consumer."""

    items: list[Credential]


@get(_PATH, operation_id="listCredentials", tags=["credentials"], responses=problems(404, 409), opt={ROLE: Role.VIEWER})
async def list_credentials(request: Ask, api: Api, namespace: Namespace, name: Name) -> Credentials:
    """List the credentials of a consumer, of every kind. No secret is among what is said of them."""
    row = await _row(api, request, namespace, name)
    return Credentials([_answer(kind, called, credential) for kind, called, credential in listed(row)])


@post(
    _PATH,
    status_code=201,
    operation_id="createCredential",
    tags=["credentials"],
    responses={
        **problems(404, 412, 413, 415, applied=(200, 409, 422)),
        202: ResponseSpec(NewCredential, generate_examples=False, description="It is being proven; nobody waits."),
    },
    opt={ROLE: Role.EDITOR, ACTION: "credential.create"},
)
async def create_credential(
    request: Ask,
    api: Api,
    options: NamedDependency[Apply],
    namespace: Namespace,
    name: Name,
    data: JSONBody[CredentialInput],
) -> Response[NewCredential]:
    """Make a key or a password for a consumer. The answer is the only place where it ever stands."""
    row = await _row(api, request, namespace, name)
    if data.kind == "api_key" and data.username is not None:
        raise invalid("username", "an API key goes without a name")
    expires = _expires(data.expires)
    called = data.id or secrets.token_hex(_ID_BYTES)
    if (data.kind, called) in {one[:2] for one in listed(row)}:
        raise invalid("id", f"{row.ref} has a credential of this kind that is called so")
    username = data.username or name if data.kind == "basic_auth" else None
    secret, kept = new_key() if username is None else new_password(username)
    settings = {"id": called, **kept, **({} if expires is None else {"expires": _written(expires)})}
    text = with_one(row, data.kind, settings)
    applied = await _change(api, request, options, row, text, f"{row.ref} {data.kind} {called}")
    said = answers.applied(applied, api.desk, request.user)
    # The annotation says what the OpenAPI document shows for 201; the other answers are declared beside it.
    if applied.state not in (State.LIVE, State.PENDING):
        return Response(said, status_code=STATUSES[applied.state])  # type: ignore[arg-type]
    made = NewCredential(kind=data.kind, id=called, username=username, expires=expires, secret=secret, applied=said)
    return Response(made, status_code=202 if applied.state is State.PENDING else 201)


@delete(
    f"{_PATH}/{{kind:str}}/{{id:str}}",
    status_code=200,
    operation_id="revokeCredential",
    tags=["credentials"],
    responses=problems(404, 412, applied=(202, 409, 422)),
    opt={ROLE: Role.EDITOR, ACTION: "credential.revoke"},
)
async def revoke_credential(
    request: Ask,
    api: Api,
    options: NamedDependency[Apply],
    namespace: Namespace,
    name: Name,
    kind: Annotated[str, PathParameter(description="The kind, such as `api_key`.", max_length=64)],
    id: Annotated[str, PathParameter(description="What it is called.", max_length=128)],  # noqa: A002
) -> Response[answers.Applied]:
    """Take a credential away. Once that is live, every proxy refuses it."""
    row = await _row(api, request, namespace, name)
    applied = await _change(api, request, options, row, without(row, kind, id), f"{row.ref} {kind} {id}")
    return Response(answers.applied(applied, api.desk, request.user), status_code=STATUSES[applied.state])


async def _row(api: Backing, request: Ask, namespace: str, name: str) -> Row:
    return await api.desk.row(request.user, reachable(request.user, "consumers", namespace, name))


async def _change(api: Backing, request: Ask, options: Apply, row: Row, text: str, target: str) -> Applied:
    """Give the consumer in *row* a new text, unless somebody else was quicker."""
    version = await required_version(api.desk, request, row.ref)
    if version not in (None, ANY, row.etag):
        raise Conflict(f'{row.ref} is now "{row.etag}"')
    change = Change(row.ref, text, Origin(str(row.ref)), row.etag)
    options = replace(options, changes=(change,))
    return await prove(api, request, partial(api.desk.apply, options, request.user), options, target)


def _answer(kind: str, called: str, credential: ModelCredential) -> Credential:
    username = getattr(credential, "username", None)
    return Credential(kind=kind, id=called, username=username, expires=credential.expires)


def _expires(text: str | None) -> datetime | None:
    if text is None:
        return None
    now = datetime.now(UTC)
    try:
        time = _read(text, now).astimezone(UTC).replace(microsecond=0)
    except (ValueError, OverflowError):
        raise invalid("expires", f"{text!r} is no time", _TIME) from None
    if time <= now:
        raise invalid("expires", "this is in the past", _TIME)
    return time


def _read(text: str, now: datetime) -> datetime:
    if "T" not in text.upper():
        return now + parse_duration(text)
    time = datetime.fromisoformat(text)
    if time.tzinfo is None:
        raise ValueError("a time has a zone")
    return time


def _written(time: datetime) -> str:
    return time.isoformat().replace("+00:00", "Z")


PAGES: Sequence[object] = (list_credentials, create_credential, revoke_credential)
