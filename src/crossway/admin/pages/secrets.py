"""Secrets: they are put and forgotten, and never read again."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Annotated

from litestar import delete, get, put
from litestar.params import JSONBody
from msgspec import Meta, Struct

from crossway.admin.api import NAME, Api, Ask, Name, Namespace
from crossway.admin.audit import ACTION
from crossway.admin.documented import problems
from crossway.admin.gate import ROLE
from crossway.admin.pages.fleet import Things
from crossway.admin.problems import invalid
from crossway.errors import NotFound
from crossway.model import Ref
from crossway.model.access import Identity, Role

KIND = "secrets"


class SecretInput(Struct, forbid_unknown_fields=True, frozen=True):
    """What a secret says."""

    value: Annotated[str, Meta(min_length=1, max_length=1_048_576)]

    def __repr__(self) -> str:
        """Return nothing of it."""
        return "SecretInput([redacted])"


@get("/secrets", operation_id="listSecrets", tags=["secrets"], responses=problems(409), opt={ROLE: Role.VIEWER})
async def list_secrets(request: Ask, api: Api) -> Things:
    """List the names of the secrets, and when each was put."""
    return Things(await api.desk.secrets(request.user))


@put(
    "/secrets/{namespace:str}/{name:str}",
    status_code=204,
    operation_id="putSecret",
    tags=["secrets"],
    responses=problems(404, 409, 413, 415),
    opt={ROLE: Role.EDITOR, ACTION: "secret.put"},
)
async def put_secret(request: Ask, api: Api, namespace: Namespace, name: Name, data: JSONBody[SecretInput]) -> None:
    """Keep a secret, which nobody can read again."""
    ref = _reachable(request.user, namespace, name)
    if not re.fullmatch(NAME, name) or not re.fullmatch(NAME, namespace):
        raise invalid("name", f"{name!r} is no name", "letters, digits, '.', '_' and '-', no sign at the ends")
    async with api.audit.write(api.audit.entry(request, request.user, str(ref))):
        await api.desk.put_secret(request.user, ref, data.value)


@delete(
    "/secrets/{namespace:str}/{name:str}",
    status_code=204,
    operation_id="deleteSecret",
    tags=["secrets"],
    responses=problems(404, 409),
    opt={ROLE: Role.EDITOR, ACTION: "secret.delete"},
)
async def delete_secret(request: Ask, api: Api, namespace: Namespace, name: Name) -> None:
    """Forget a secret."""
    ref = _reachable(request.user, namespace, name)
    async with api.audit.write(api.audit.entry(request, request.user, str(ref))):
        await api.desk.delete_secret(request.user, ref)


def _reachable(who: Identity, namespace: str, name: str) -> Ref:
    ref = Ref(KIND, name, namespace)
    if not who.reaches(ref):
        raise NotFound(f"there is no {ref}")
    return ref


PAGES: Sequence[object] = (list_secrets, put_secret, delete_secret)
