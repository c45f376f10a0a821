"""The admin application: the open pages, and the API behind its gate."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache

import msgspec
from litestar import Litestar, Response, Router, get
from litestar.di import Provide
from litestar.handlers import HTTPRouteHandler
from litestar.types import Guard, Middleware

from crossway.admin.api import Backing
from crossway.admin.audit import Audit, refusals
from crossway.admin.bodies import LARGEST, StrictRequest
from crossway.admin.changes import Changes
from crossway.admin.desk import Desk
from crossway.admin.gate import ROLE, gate
from crossway.admin.ledger import Ledger
from crossway.admin.openapi import document
from crossway.admin.options import query_options
from crossway.admin.pages import (
    audit,
    changesets,
    credentials,
    explanations,
    fleet,
    plugins,
    purges,
    resources,
    revisions,
    secrets,
    tokens,
)
from crossway.admin.pages.probes import Probes, probe_pages
from crossway.admin.problems import Say, handler
from crossway.admin.tokens import Tokens
from crossway.errors import Bug
from crossway.model.access import Role

PAGES = [
    page
    for module in (
        resources,
        changesets,
        revisions,
        fleet,
        explanations,
        plugins,
        purges,
        credentials,
        secrets,
        tokens,
        audit,
    )
    for page in module.PAGES
]


@dataclass(frozen=True, slots=True)
class Application:
    """What is served, and what has to go on meanwhile."""

    app: Litestar
    changes: Changes | None
    """The changes under way; a proxy makes none."""


def control_application(probes: Probes, desk: Desk, ledger: Ledger, tokens: Tokens, say: Say) -> Application:
    """Return the application of a control plane."""
    log = Audit(ledger, say)
    backing = Backing(desk, ledger, tokens, log, Changes(log, say))
    router = _router(lambda: backing, guards=[gate(tokens)], middleware=[refusals(log)])
    return Application(_litestar([*probe_pages(probes), router], say), backing.changes)


def proxy_application(probes: Probes, status: Callable[[], Mapping[str, object]], say: Say) -> Application:
    """Return the application of a proxy that joined a control plane, which alone knows tokens and everything else."""

    @get("/status", opt={ROLE: Role.VIEWER})
    async def get_status() -> Mapping[str, object]:
        return status()

    router = Router("/v1", route_handlers=[get_status], guards=[gate(None)])
    return Application(_litestar([*probe_pages(probes), router], say), None)


@get("/openapi.json", include_in_schema=False, opt={ROLE: Role.VIEWER})
async def get_openapi() -> Response[bytes]:
    """Return the description of the API."""
    return Response(openapi(), media_type="application/json")


@cache
def openapi() -> bytes:
    """Return the OpenAPI document of the API as JSON."""
    return msgspec.json.format(msgspec.json.encode(document(_router(_nothing))), indent=2)


def _nothing() -> Backing:
    raise Bug("the OpenAPI document is made without a control plane")


def _router(
    backing: Callable[[], Backing], guards: Sequence[Guard] = (), middleware: Sequence[Middleware] = ()
) -> Router:
    return Router(
        "/v1",
        route_handlers=[*PAGES, get_openapi],
        dependencies={
            "api": Provide(backing, sync_to_thread=False),
            "options": Provide(query_options, sync_to_thread=False),
        },
        guards=guards,
        middleware=middleware,
    )


def _litestar(handlers: Sequence[HTTPRouteHandler | Router], say: Say) -> Litestar:
    return Litestar(
        list(handlers),
        request_class=StrictRequest,
        request_max_body_size=LARGEST,
        exception_handlers={Exception: handler(say)},
        openapi_config=None,
        logging_config=None,
    )
