"""OpenID Connect: people log in with their browsers at a provider, and come back with a session.

The session is in cookies, encrypted and signed, so that proxies keep nothing and agree without talking to each other.
A session counts for as much as the token in it: the identity token is verified once more on every request, by the keys
of the provider, and nobody gets past this policy by a cookie alone.
"""

from __future__ import annotations

import enum
from collections.abc import Mapping
from datetime import timedelta
from hashlib import blake2b
from importlib.resources import files
from typing import Annotated, Final

from google.protobuf.message import Message
from pydantic import AnyHttpUrl, BeforeValidator, Field, TypeAdapter, model_validator

from crossway.compile.authentication import reported
from crossway.compile.contract import ROUTE_TARGETS, Fragment, Policy, Shared, Site, Stage, Target
from crossway.compile.identity import CLAIMS
from crossway.model import Duration, HeaderName, Secret, ServiceName, Spec, parse_duration
from crossway.policies.oidc.cookies import Cookie, Path, expired, set_cookies
from crossway.protos.envoy.config.core import v3 as core_v3
from crossway.protos.envoy.config.route import v3 as route_v3
from crossway.protos.envoy.extensions.filters.http.jwt_authn import v3 as jwt_v3
from crossway.protos.envoy.extensions.filters.http.lua import v3 as lua_v3
from crossway.protos.envoy.extensions.filters.http.oauth2 import v3 as oauth2_v3
from crossway.protos.envoy.extensions.transport_sockets.tls import v3 as tls_v3
from crossway.protos.envoy.type.matcher import v3 as matcher_v3
from crossway.protos.google import protobuf

_ID_TOKEN: Final = "x-crossway-id-token"
"""How the session hands its identity token to whoever verifies it; no backend sees it."""
_AGAIN: Final = files(__package__).joinpath("again.lua").read_text("utf-8")
_SPACED: Final = ("scope", "scp")
_CACHED: Final = 1000
_TIMEOUT: Final = parse_duration("5s")
_KEYS_FOR: Final = parse_duration("5m")


def _url(value: object) -> object:
    TypeAdapter(AnyHttpUrl).validate_python(value)
    return value


def _twice(value: object) -> object:
    return (value, value) if isinstance(value, str) else value


Url = Annotated[str, BeforeValidator(_url)]


class ClientAuth(enum.StrEnum):
    """How the gateway proves to the provider that it is the client (OpenID Connect Core 1.0, section 9)."""

    BASIC = "client_secret_basic"
    """In a header."""
    POST = "client_secret_post"
    """In the body of the request."""


class Oidc(Spec):
    """Have people log in at an OpenID Connect provider: with a code, PKCE, and a session in encrypted cookies.

    A browser without a session is sent to the provider and back to where it wanted to go. Any other client, by its
    `Accept` header or `X-Requested-With`, is answered 401. Clients need TLS: browsers return these cookies over nothing
    else. The backend finds the verified identity token in the session's cookie `NAME-id`.
    """

    issuer: Annotated[str, Field(min_length=1)]
    """Who makes the tokens (`iss`), exactly as the provider writes it."""
    client_id: Annotated[str, Field(min_length=1)]
    """How the provider calls this gateway. The token has to be made for it (`aud`)."""
    client_secret: Secret
    """What the provider knows it by: the secret itself, or `secret:NAME` for one of the store. The keys of sessions are
    derived from it, so that a new one ends them all."""
    authorization_endpoint: Url
    """Where browsers are sent to log in."""
    token_endpoint: Url
    """Where the gateway trades a code for tokens."""
    jwks_uri: Url
    """Where the provider publishes its keys."""
    end_session_endpoint: Url | None = None
    """Where browsers are sent to log out at the provider too; without it, they log out here alone."""
    service: Annotated[tuple[ServiceName, ...], BeforeValidator(_twice, json_schema_input_type=ServiceName)] = ()
    """The service that reaches the provider; without it, the gateway follows `token_endpoint` and `jwks_uri`."""
    client_auth: ClientAuth = ClientAuth.BASIC
    """How the gateway shows the secret."""
    scopes: tuple[Annotated[str, Field(pattern=r"^[!#-\[\]-~]+$")], ...] = ("openid",)
    """What is asked for. `openid` is always among it."""
    redirect_path: Path = "/oauth2/callback"
    """Where the provider sends browsers back to, on the host that they came to. A route with this policy has to match
    it; two providers on one host need two."""
    logout_path: Path = "/logout"
    """Where a browser ends its session. A route with this policy has to match it."""
    post_logout_redirect: Url | None = None
    """Where the provider sends browsers after the logout; without it, to `/` on the host that they came to."""
    refresh: bool = True
    """Ask for new tokens with the refresh token, unseen by anybody, when the old ones expire."""
    session_ttl: Annotated[Duration, Field(ge=timedelta(seconds=1))] = parse_duration("7d")
    """How long a session can be refreshed where the provider does not say."""
    claims_to_headers: Mapping[str, HeaderName] = Field(default_factory=dict)
    """Hand claims to the backend in headers: `{email: x-user-email}`. What a client writes into these is taken off."""
    consumer_claim: str | None = None
    """Find the consumer whose credential `jwt` has the value of this claim as its subject; no such consumer is 401.
    Without it, people need no consumer."""
    forward_token: bool = False
    """Hand the access token to the backend, as `Authorization: Bearer`."""
    cookie: Cookie = Cookie()
    """The cookies of the session."""

    @model_validator(mode="after")
    def _reached(self) -> Oidc:
        if self.redirect_path == self.logout_path:
            raise ValueError("redirect_path and logout_path are two")
        below = self.cookie.path.rstrip("/") + "/"
        if not all(path.startswith(below) for path in (self.redirect_path, self.logout_path)):
            raise ValueError("redirect_path and logout_path are below the path of the cookie")
        return self if self.service else self.model_copy(update={"service": (self.token_endpoint, self.jwks_uri)})


def compile_oidc(spec: Oidc, site: Site) -> Fragment:
    """Return the login for the route, and what verifies its token, for the filter that all routes share."""
    client = site.generic_secret("oidc-client", spec.client_secret, ("client_secret",))
    session = site.generic_secret("oidc-session", spec.client_secret, ("client_secret",), purpose=_session_of(spec))
    provider = _provider(spec, site)
    name = _digest(provider.SerializeToString(deterministic=True))
    verify = jwt_v3.JwtAuthentication()
    verify.providers[name].CopyFrom(provider)
    either = verify.requirement_map[name].requires_any.requirements
    either.add(provider_name=name)
    either.add(allow_missing=protobuf.Empty())  # which is what the last filter is for
    again = lua_v3.LuaPerRoute()
    again.filter_context.update({"cookies": list(expired(spec.cookie, _prefix(spec)))})
    per_route: dict[str, Message] = {
        "oidc": oauth2_v3.OAuth2PerRoute(config=_login(spec, site, client.name, session.name)),
        "oidc.verify": jwt_v3.PerRouteConfig(requirement_name=name),
        "oidc.again": again,
    }
    if spec.consumer_claim is not None:
        per_route |= reported(site, "jwt", {"claim": spec.consumer_claim, "consumer": True})
    return Fragment(per_route=per_route, shared={"oidc.verify": verify}, secrets=(client, session))


def _login(spec: Oidc, site: Site, client: str, session: str) -> oauth2_v3.OAuth2Config:
    config = oauth2_v3.OAuth2Config(
        token_endpoint=core_v3.HttpUri(
            uri=spec.token_endpoint, cluster=site.cluster(spec.service[0]), timeout=_TIMEOUT
        ),
        authorization_endpoint=spec.authorization_endpoint,
        end_session_endpoint=spec.end_session_endpoint or "",
        redirect_uri=f"%REQ(X-FORWARDED-PROTO)%://%REQ(:AUTHORITY)%{spec.redirect_path.replace('%', '%%')}",
        auth_scopes=dict.fromkeys(("openid", *spec.scopes)),
        auth_type=oauth2_v3.OAuth2Config.BASIC_AUTH if spec.client_auth is ClientAuth.BASIC else 0,
        forward_bearer_token=spec.forward_token,
        disable_access_token_set_cookie=not spec.forward_token,
        disable_refresh_token_set_cookie=not spec.refresh,
        use_refresh_token=protobuf.BoolValue(value=spec.refresh),
        default_refresh_token_expires_in=spec.session_ttl,
        deny_redirect_matcher=_not_browsers(),
    )
    config.redirect_path_matcher.path.exact = spec.redirect_path
    config.signout_path.path.exact = spec.logout_path
    config.forward_id_token.header = _ID_TOKEN
    if spec.post_logout_redirect is not None:
        config.post_logout_redirect_uri.uri = spec.post_logout_redirect
    config.credentials.client_id = spec.client_id
    config.credentials.token_secret.CopyFrom(_delivered(client))
    config.credentials.hmac_secret.CopyFrom(_delivered(session))
    set_cookies(config, spec.cookie, _prefix(spec))
    return config


def _not_browsers() -> list[route_v3.HeaderMatcher]:
    """Return what tells requests that no person would see the login of."""
    page = matcher_v3.StringMatcher(contains="text/html")
    script = matcher_v3.StringMatcher(exact="XMLHttpRequest", ignore_case=True)
    return [
        route_v3.HeaderMatcher(name="accept", string_match=page, invert_match=True, treat_missing_header_as_empty=True),
        route_v3.HeaderMatcher(name="x-requested-with", string_match=script),
    ]


def _provider(spec: Oidc, site: Site) -> jwt_v3.JwtProvider:
    provider = jwt_v3.JwtProvider(
        issuer=spec.issuer,
        audiences=[spec.client_id],
        require_expiration=True,
        clock_skew_seconds=60,
        payload_in_metadata=CLAIMS[1],
        normalize_payload_in_metadata=jwt_v3.JwtProvider.NormalizePayload(space_delimited_claims=_SPACED),
        from_headers=[jwt_v3.JwtHeader(name=_ID_TOKEN)],
        jwt_cache_config=jwt_v3.JwtCacheConfig(jwt_cache_size=_CACHED),
        claim_to_headers=[
            jwt_v3.JwtClaimToHeader(claim_name=claim, header_name=header)
            for claim, header in spec.claims_to_headers.items()
        ],
    )
    remote = provider.remote_jwks
    remote.http_uri.uri = spec.jwks_uri
    remote.http_uri.cluster = site.cluster(spec.service[1])
    remote.http_uri.timeout.FromTimedelta(_TIMEOUT)
    remote.cache_duration.FromTimedelta(_KEYS_FOR)
    remote.async_fetch.fast_listener = True
    remote.async_fetch.failed_refetch_duration.FromTimedelta(timedelta(seconds=1))
    return provider


def _prefix(spec: Oidc) -> str:
    return spec.cookie.name or f"crossway-{_digest(_session_of(spec).encode())}"


def _session_of(spec: Oidc) -> str:
    return f"crossway oidc session\n{spec.issuer}\n{spec.client_id}"


def _delivered(name: str) -> tls_v3.SdsSecretConfig:
    delivered = tls_v3.SdsSecretConfig(name=name)
    delivered.sds_config.resource_api_version = core_v3.ApiVersion.V3
    delivered.sds_config.ads.SetInParent()
    return delivered


def _digest(content: bytes) -> str:
    return blake2b(content, digest_size=8).hexdigest()


POLICY: Final = Policy(
    spec=Oidc,
    stage=Stage.AUTHN,
    applies=Target.ROUTE,
    targets=ROUTE_TARGETS,
    compile=compile_oidc,
    filters={
        "oidc": oauth2_v3.OAuth2(),
        "oidc.verify": Shared(jwt_v3.JwtAuthentication()),
        "oidc.again": lua_v3.Lua(default_source_code=core_v3.DataSource(inline_string=_AGAIN)),
    },
)
