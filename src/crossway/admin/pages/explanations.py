"""Why: what becomes of a request, and which policies hold for a resource."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated

from litestar import get, post
from litestar.params import JSONBody
from msgspec import Meta, Struct

from crossway.admin.api import Api, Ask, Kind, Name, Namespace, reachable
from crossway.admin.desk import Question
from crossway.admin.documented import problems
from crossway.admin.gate import ROLE
from crossway.admin.pages.fleet import Things
from crossway.model.access import Role

Text = Annotated[str, Meta(max_length=65_536)]


class QuestionInput(Struct, forbid_unknown_fields=True, frozen=True):
    """A request to be explained. It is not sent."""

    method: Annotated[str, Meta(max_length=64, pattern="^[A-Za-z!#$%&'*+.^_`|~0-9-]+$")]
    url: Annotated[str, Meta(max_length=65_536, description="With scheme and host, which choose the listener.")]
    headers: Annotated[list[tuple[Text, Text]], Meta(max_length=1000)] = []
    client_ip: Annotated[str, Meta(max_length=64)] = "127.0.0.1"
    listener: Annotated[str, Meta(max_length=1024, description="`gateway/listener`; else by scheme and port.")] = ""
    revision: Annotated[
        Annotated[int, Meta(ge=0, le=2**63 - 1)] | None, Meta(description="The newest one without it.")
    ] = None


@post(
    "/explain",
    status_code=200,
    operation_id="explain",
    tags=["explain"],
    responses=problems(404, 409, 413, 415),
    opt={ROLE: Role.VIEWER},
)
async def explain(request: Ask, api: Api, data: JSONBody[QuestionInput]) -> Mapping[str, object]:
    """Say what would become of a request, and why."""
    question = Question(data.method, data.url, tuple(data.headers), data.client_ip, data.listener, data.revision)
    return await api.desk.explain(request.user, question)


@get(
    "/effective/{kind:str}/{namespace:str}/{name:str}",
    operation_id="listEffectivePolicies",
    tags=["explain"],
    responses=problems(404, 409),
    opt={ROLE: Role.VIEWER},
)
async def list_effective_policies(request: Ask, api: Api, kind: Kind, namespace: Namespace, name: Name) -> Things:
    """List each policy that holds for a resource: its values, and where each comes from."""
    return Things(await api.desk.effective(request.user, reachable(request.user, kind, namespace, name)))


PAGES: Sequence[object] = (explain, list_effective_policies)
