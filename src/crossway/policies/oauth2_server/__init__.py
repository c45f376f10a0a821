"""A small authorization server (OAuth 2.1): clients get tokens here, for themselves or for users who log in.

The control plane answers all requests to the route, whatever it leads to; see `crossway.compile.checks`. Routes that
ask for these tokens have the policy `oauth2`.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Annotated, Final
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field

from crossway.compile.checks import checked, checking
from crossway.compile.contract import ROUTE_TARGETS, Fragment, Policy, Site, Stage, Target
from crossway.model import Duration, Scope, Spec, parse_duration

NAME: Final = "oauth2_server"
LONGEST_FORM: Final = 16 * 1024


def issuer(text: str) -> str:
    """Return *text* if it can name an authorization server (RFC 8414, section 2)."""
    try:
        parts = urlsplit(text)
        host = parts.hostname
    except ValueError:
        host = None
    if not host or parts.scheme not in ("https", "http") or any(mark in text for mark in "?#@ ") or text.endswith("/"):
        raise ValueError("an issuer is a URL such as https://login.example.com/oauth2, without a slash at its end")
    return text


ONE_SECOND: Final = timedelta(seconds=1)


class OAuth2Server(Spec):
    """Issue tokens to the clients among the consumers: on this route, whatever it leads to, so let it `respond`.

    Below the path of the `issuer` are `authorize`, `token`, `revoke`, `introspect` and `jwks`; the metadata (RFC 8414)
    are at `/.well-known/oauth-authorization-server` before that path, and behind it. A user logs in with the name and
    password of a consumer (`basic_auth`), and agrees, on one page that the gateway serves.
    """

    issuer: Annotated[str, AfterValidator(issuer)]
    """The URL of the server, as clients know it; the route has to match what is below its path."""
    scopes: Mapping[Scope, str] = Field(default_factory=dict)
    """The scopes that there are, with the words in which users are asked for them."""
    audience: Annotated[str, Field(min_length=1)] | None = None
    """For whom the tokens are (`aud`); the issuer itself if nobody is named."""
    access_token_lifetime: Annotated[Duration, Field(ge=ONE_SECOND, le=timedelta(days=1))] = parse_duration("10m")
    """How long an access token is good for. Routes check it without a call: one that is revoked is good until then."""
    refresh_token_lifetime: Annotated[Duration, Field(ge=timedelta(seconds=1), le=timedelta(days=400))] = (
        parse_duration("30d")
    )
    """How long a refresh token is good for if it is not used. Each use gives another one."""


def compile_oauth2_server(spec: OAuth2Server, site: Site) -> Fragment:
    """Return that the control plane answers."""
    return Fragment(per_route={NAME: checked(NAME, spec, site, body=LONGEST_FORM)})


POLICY: Final = Policy(
    spec=OAuth2Server,
    stage=Stage.AUTHN,
    applies=Target.ROUTE,
    targets=ROUTE_TARGETS,
    compile=compile_oauth2_server,
    filters={NAME: checking()},
)
