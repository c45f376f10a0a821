"""OAuth 2.0 at a resource (RFC 6750, RFC 9068): a client shows an access token that Crossway's own server has issued.

Proxies verify it by themselves: the public keys are in a filter that all routes share, and a route with this policy
names what it asks for. A new key touches that filter alone, and no route.
"""

from __future__ import annotations

from datetime import timedelta
from hashlib import blake2b
from typing import Annotated, Final

from google.protobuf.message import Message
from pydantic import Field, model_validator

from crossway.compile.authentication import is_lenient, reported
from crossway.compile.contract import ROUTE_TARGETS, Fragment, Policy, Shared, Site, Stage, Target
from crossway.compile.identity import CLAIMS
from crossway.model import Finding, Scope, Spec
from crossway.protos.envoy.config.rbac import v3 as rbac_config_v3
from crossway.protos.envoy.extensions.filters.http.jwt_authn import v3 as jwt_v3
from crossway.protos.envoy.extensions.filters.http.rbac import v3 as rbac_v3
from crossway.protos.envoy.type.matcher import v3 as matcher_v3
from crossway.protos.google import protobuf

NAME: Final = "oauth2"
OTHERS: Final = ("jwt", "oidc")
"""Policies that read tokens too, and each would refuse what is meant for another."""
CLOCK_SKEW: Final = timedelta(seconds=10)
"""How far the clocks of control plane and proxy may be apart."""
CACHED: Final = 1000
"""How many verified tokens each worker remembers."""


class OAuth2(Spec):
    """Ask for an access token of Crossway's own server, the policy `oauth2_server` on a route of the same namespace.

    In one line, its issuer. A request without a token that is valid is answered 401; one whose token has not every
    scope, 403. The backend sees the consumer that the token was issued for: the user who logged in, or else the client.
    """

    issuer: Annotated[str, Field(min_length=1)]
    """The issuer, as `oauth2_server` has it."""
    scopes: tuple[Scope, ...] = ()
    """The scopes that a token must have, all of them."""
    audience: Annotated[str, Field(min_length=1)] | None = None
    """For whom the token must be made (`aud`); the issuer if nobody is named, as in `oauth2_server`."""
    hide_credentials: bool = False
    """Take the token off the request, so that no backend sees it."""

    short_forms = ("issuer",)

    @model_validator(mode="before")
    @classmethod
    def _read(cls, value: object) -> object:
        return {"issuer": value} if isinstance(value, str) else value


def compile_oauth2(spec: OAuth2, site: Site) -> Fragment | Finding:
    """Return the keys for the filter that all routes share, and what is asked for here."""
    if others := [name for name in OTHERS if name in site.beside]:
        message = f"{others[0]} holds here too, and each of them would refuse the tokens of the other"
        hint = "let jwt accept both, with the keys at the path jwks of the server"
        return Finding("oauth2.other_tokens", message, hint=hint)
    if not site.token_keys:  # no token was issued yet, so none is right
        return Fragment(per_route=reported(site, NAME, {}))
    provider = _provider(spec)
    name = blake2b(provider.SerializeToString(deterministic=True), digest_size=8).hexdigest()
    provider.local_jwks.inline_string = site.token_keys
    ways = [jwt_v3.JwtRequirement(provider_name=name)]
    if is_lenient(site):
        ways.append(jwt_v3.JwtRequirement(allow_missing=protobuf.Empty()))
        name = f"{name}.optional"
    shared = jwt_v3.JwtAuthentication(
        providers={ways[0].provider_name: provider},
        requirement_map={
            name: ways[0]
            if len(ways) == 1
            else jwt_v3.JwtRequirement(requires_any=jwt_v3.JwtRequirementOrList(requirements=ways))
        },
    )
    per_route: dict[str, Message] = {
        NAME: jwt_v3.PerRouteConfig(requirement_name=name),
        f"{NAME}.rights": _rights(spec, site),
        **reported(site, NAME, {}),
    }
    return Fragment(per_route=per_route, shared={NAME: shared})


def _provider(spec: OAuth2) -> jwt_v3.JwtProvider:
    """Return how a token is verified, without the keys."""
    return jwt_v3.JwtProvider(
        issuer=spec.issuer,
        audiences=[spec.audience or spec.issuer],
        from_headers=[jwt_v3.JwtHeader(name="authorization", value_prefix="Bearer ")],
        forward=not spec.hide_credentials,
        require_expiration=True,
        clock_skew_seconds=round(CLOCK_SKEW.total_seconds()),
        payload_in_metadata=CLAIMS[1],
        normalize_payload_in_metadata=jwt_v3.JwtProvider.NormalizePayload(space_delimited_claims=["scope"]),
        jwt_cache_config=jwt_v3.JwtCacheConfig(jwt_cache_size=CACHED),
    )


def _rights(spec: OAuth2, site: Site) -> rbac_v3.RBACPerRoute:
    """Return what lets requests through whose token is of this namespace, and has all scopes."""
    namespace = _claim(_text(site.namespace), "crossway", "namespace")
    scopes = [_claim(_listed(scope), "scope") for scope in spec.scopes]
    every = rbac_config_v3.Principal.Set(ids=[namespace, *scopes])
    principals = [rbac_config_v3.Principal(and_ids=every)]
    if is_lenient(site):
        principals.append(
            rbac_config_v3.Principal(not_id=_claim(matcher_v3.ValueMatcher(present_match=True), "client_id"))
        )
    policy = rbac_config_v3.Policy(permissions=[rbac_config_v3.Permission(any=True)], principals=principals)
    rules = rbac_config_v3.RBAC(action=rbac_config_v3.RBAC.ALLOW, policies={NAME: policy})
    return rbac_v3.RBACPerRoute(rbac=rbac_v3.RBAC(rules=rules))


def _claim(value: matcher_v3.ValueMatcher, *steps: str) -> rbac_config_v3.Principal:
    namespace, key = CLAIMS
    path = [matcher_v3.MetadataMatcher.PathSegment(key=step) for step in (key, *steps)]
    return rbac_config_v3.Principal(metadata=matcher_v3.MetadataMatcher(filter=namespace, path=path, value=value))


def _text(text: str) -> matcher_v3.ValueMatcher:
    return matcher_v3.ValueMatcher(string_match=matcher_v3.StringMatcher(exact=text))


def _listed(text: str) -> matcher_v3.ValueMatcher:
    return matcher_v3.ValueMatcher(list_match=matcher_v3.ListMatcher(one_of=_text(text)))


POLICY: Final = Policy(
    spec=OAuth2,
    stage=Stage.AUTHN,
    applies=Target.ROUTE,
    targets=ROUTE_TARGETS,
    compile=compile_oauth2,
    verifies=True,
    filters={NAME: Shared(jwt_v3.JwtAuthentication()), f"{NAME}.rights": rbac_v3.RBAC()},
)
