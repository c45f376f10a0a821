"""Session affinity: a client comes back to the endpoint that answered it first.

The endpoint is written into a cookie or a header that the client returns, so that proxies keep nothing, agree without
talking to each other, and a session outlives their restarts. It also survives other endpoints coming and going, which
hashing does not.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated, Final

from pydantic import Field, model_validator

from crossway.compile.contract import ROUTE_TARGETS, Fragment, Policy, Site, Stage, Target
from crossway.model import Duration, HeaderName, Part, Spec
from crossway.protos import pack
from crossway.protos.envoy.config.core import v3 as core_v3
from crossway.protos.envoy.extensions.filters.http.stateful_session import v3 as stateful_session_v3
from crossway.protos.envoy.extensions.http.stateful_session.cookie import v3 as cookie_v3
from crossway.protos.envoy.extensions.http.stateful_session.header import v3 as header_v3
from crossway.protos.envoy.type.http import v3 as http_v3

_COOKIE_STATE: Final = "envoy.http.stateful_session.cookie"
_HEADER_STATE: Final = "envoy.http.stateful_session.header"
"""Envoy looks this extension up by its name, not by the type of its settings."""


class Cookie(Part):
    """The cookie that carries the session. In one line, its name."""

    name: Annotated[str, Field(pattern=r"^[A-Za-z0-9!#$%&'*+.^_`|~-]+$")] = "crossway-session"
    """The name of the cookie (RFC 6265, section 4.1.1)."""
    ttl: Duration = timedelta()
    """How long the session lasts, from its first answer. 0, the default, lasts until the browser is closed."""
    path: Annotated[str, Field(pattern=r"^/[^;\x00-\x20\x7f]*$")] = "/"
    """Only requests below this path are in the session."""

    short_forms = ("name",)

    @model_validator(mode="before")
    @classmethod
    def _read(cls, value: object) -> object:
        return {"name": value} if isinstance(value, str) else value

    @model_validator(mode="after")
    def _whole_seconds(self) -> Cookie:
        if self.ttl % timedelta(seconds=1):
            raise ValueError("the ttl of a cookie is in whole seconds")
        return self


class SessionAffinity(Spec):
    """Send a client to the same endpoint again. In one line, `session_affinity: cookie`.

    The first answer names the endpoint to the client, by its address in base64: whoever must hide the addresses of
    backends uses hashing instead (`load_balancing`). Where a route has several services with weights, each request
    draws its service first; the session holds inside a service, and not across them.
    """

    cookie: Cookie | None = None
    """Keep the session in a cookie, for browsers. It is `HttpOnly`, `SameSite=Lax`, and `Secure` where clients speak
    TLS."""
    header: HeaderName | None = None
    """Keep the session in a header of this name, which the client copies from an answer into its next request."""
    strict: bool = False
    """Answer 503 where the endpoint of the session is gone or unhealthy. By default another one takes over."""

    short_forms = ({"const": "cookie"},)

    @model_validator(mode="before")
    @classmethod
    def _read(cls, value: object) -> object:
        return {"cookie": {}} if value == "cookie" else value

    @model_validator(mode="after")
    def _one(self) -> SessionAffinity:
        if (self.cookie is None) == (self.header is None):
            raise ValueError("write one of cookie and header")
        return self


def compile_session_affinity(spec: SessionAffinity, site: Site) -> Fragment:
    """Return the settings of the session filter for the route."""
    if spec.cookie is not None:
        state = core_v3.TypedExtensionConfig(name=_COOKIE_STATE, typed_config=pack(_cookie(spec.cookie, site)))
    else:
        header = header_v3.HeaderBasedSessionState(name=spec.header or "")
        state = core_v3.TypedExtensionConfig(name=_HEADER_STATE, typed_config=pack(header))
    session = stateful_session_v3.StatefulSession(session_state=state, strict=spec.strict)
    per_route = stateful_session_v3.StatefulSessionPerRoute(stateful_session=session)
    return Fragment(per_route={"session_affinity": per_route})


def _cookie(cookie: Cookie, site: Site) -> cookie_v3.CookieBasedSessionState:
    """Return the cookie. Envoy makes it `HttpOnly` by itself."""
    attributes = [http_v3.CookieAttribute(name="SameSite", value="Lax")]
    if site.secure:
        attributes.append(http_v3.CookieAttribute(name="Secure"))
    return cookie_v3.CookieBasedSessionState(
        cookie=http_v3.Cookie(
            name=cookie.name,
            ttl=cookie.ttl,
            path=cookie.path,
            attributes=attributes,
        )
    )


POLICY = Policy(
    spec=SessionAffinity,
    stage=Stage.ROUTER,
    applies=Target.ROUTE,
    targets=ROUTE_TARGETS,
    compile=compile_session_affinity,
    filters={"session_affinity": stateful_session_v3.StatefulSession()},
)
