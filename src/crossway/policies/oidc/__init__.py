"""OpenID Connect: people log in with their browsers at a provider, and come back with a session.

The session is in cookies, encrypted and signed, so that proxies keep nothing and agree without talking to each other.
A session counts for as much as the token in it: the identity token is verified once more on every request, by the keys
of the provider, and nobody gets past this policy by a cookie alone.
"""

from __future__ import annotations

from datetime import timedelta
from hashlib import blake2b
from importlib.resources import files
from typing import Final

from google.protobuf.message import Message

from crossway.compile.authentication import reported
from crossway.compile.contract import ROUTE_TARGETS, Fragment, Policy, Shared, Site, Stage, Target
from crossway.compile.identity import CLAIMS
from crossway.model import Finding, Provider, parse_duration, undiscovered
from crossway.policies.oidc.cookies import expired, set_cookies
from crossway.policies.oidc.settings import ClientAuth, Oidc
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


def compile_oidc(spec: Oidc, site: Site) -> Fragment | Finding:
    """Return the login for the route, and what verifies its token, for the filter that all routes share.

    Settings whose provider has not been asked cannot hold.
    """
    endpoints = spec.endpoints
    if endpoints is None:
        return undiscovered(spec.issuer)
    client = site.generic_secret("oidc-client", spec.client_secret, ("client_secret",))
    session = site.generic_secret("oidc-session", spec.client_secret, ("client_secret",), purpose=_session_of(spec))
    provider = _provider(spec, endpoints, site)
    name = _digest(provider.SerializeToString(deterministic=True))
    verify = jwt_v3.JwtAuthentication()
    verify.providers[name].CopyFrom(provider)
    either = verify.requirement_map[name].requires_any.requirements
    either.add(provider_name=name)
    either.add(allow_missing=protobuf.Empty())  # which is what the last filter is for
    again = lua_v3.LuaPerRoute()
    again.filter_context.update({"cookies": list(expired(spec.cookie, _prefix(spec)))})
    per_route: dict[str, Message] = {
        "oidc": oauth2_v3.OAuth2PerRoute(config=_login(spec, endpoints, site, client.name, session.name)),
        "oidc.verify": jwt_v3.PerRouteConfig(requirement_name=name),
        "oidc.again": again,
    }
    if spec.consumer_claim is not None:
        per_route |= reported(site, "jwt", {"claim": spec.consumer_claim, "consumer": True})
    return Fragment(per_route=per_route, shared={"oidc.verify": verify}, secrets=(client, session))


def _login(spec: Oidc, endpoints: Provider, site: Site, client: str, session: str) -> oauth2_v3.OAuth2Config:
    config = oauth2_v3.OAuth2Config(
        token_endpoint=core_v3.HttpUri(
            uri=endpoints.token_endpoint, cluster=site.cluster(spec.service[0]), timeout=_TIMEOUT
        ),
        authorization_endpoint=endpoints.authorization_endpoint,
        end_session_endpoint=endpoints.end_session_endpoint or "",
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


def _provider(spec: Oidc, endpoints: Provider, site: Site) -> jwt_v3.JwtProvider:
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
    remote.http_uri.uri = endpoints.jwks_uri
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
