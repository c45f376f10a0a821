"""What is live: status, findings, proxies, the inventory of routes, and what the proxies are given."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated

from litestar import get
from litestar.exceptions import PermissionDeniedException
from litestar.params import QueryParameter
from msgspec import Struct

from crossway.admin import answers
from crossway.admin.api import Api, Ask
from crossway.admin.documented import problems
from crossway.admin.gate import ROLE
from crossway.model.access import Role


class Findings(Struct, frozen=True):
    """What is wrong now."""

    items: list[answers.Finding]


class Things(Struct, frozen=True):
    """Things that describe themselves."""

    items: Sequence[Mapping[str, object]]


class EnvoyResources(Struct, frozen=True):
    """The resources of a view."""

    items: Sequence[object]


@get("/status", operation_id="getStatus", tags=["fleet"], responses=problems(), opt={ROLE: Role.VIEWER})
async def get_status(request: Ask, api: Api) -> Mapping[str, object]:
    """Say how the control plane and its proxies are doing."""
    return await api.desk.status(request.user)


@get("/findings", operation_id="listFindings", tags=["fleet"], responses=problems(), opt={ROLE: Role.VIEWER})
async def list_findings(request: Ask, api: Api) -> Findings:
    """List what is wrong now."""
    return Findings(answers.findings(await api.desk.findings(request.user)))


@get("/proxies", operation_id="listProxies", tags=["fleet"], responses=problems(), opt={ROLE: Role.VIEWER})
async def list_proxies(request: Ask, api: Api) -> Things:
    """List the proxies that are connected: their revision, what they refused, what is still warming."""
    return Things(await api.desk.proxies(request.user))


@get("/routes", operation_id="listRoutes", tags=["fleet"], responses=problems(), opt={ROLE: Role.VIEWER})
async def list_routes(request: Ask, api: Api) -> Things:
    """List every match of every route, in the order in which they are tried."""
    return Things(await api.desk.routes(request.user))


@get("/xds", operation_id="listEnvoyResources", tags=["fleet"], responses=problems(404), opt={ROLE: Role.OPERATOR})
async def list_envoy_resources(
    request: Ask,
    api: Api,
    view: Annotated[str, QueryParameter(max_length=512, description="The view; `*` are all gateways.")] = "*",
) -> EnvoyResources:
    """List what the proxies of a view are given, without secrets. It is of all namespaces: a bound token gets 403."""
    if request.user.namespaces:
        raise PermissionDeniedException("what a proxy is given is of all namespaces, and this token is bound to some")
    return EnvoyResources(await api.desk.xds(view))


PAGES: Sequence[object] = (get_status, list_findings, list_proxies, list_routes, list_envoy_resources)
