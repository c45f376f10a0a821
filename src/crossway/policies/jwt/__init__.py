"""JSON Web Tokens (RFC 7519): a client shows a token that an issuer has signed."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import timedelta
from hashlib import blake2b
from typing import Annotated, Final

from google.protobuf.message import Message
from pydantic import AfterValidator, AnyHttpUrl, BeforeValidator, Field, TypeAdapter, model_validator

from crossway.compile.authentication import is_lenient, reported
from crossway.compile.contract import ROUTE_TARGETS, Fragment, Policy, Shared, Site, Stage, Target
from crossway.compile.identity import CLAIMS
from crossway.model import Count, Duration, Part, Secret, ServiceName, Spec, parse_duration
from crossway.policies.jwt.claims import TOKEN_HEADER, Claims, claim_filter
from crossway.policies.jwt.keys import KeySet, long_enough, symmetric
from crossway.policies.jwt.tokens import Token, of_issuer
from crossway.protos.envoy.config.core import v3 as core_v3
from crossway.protos.envoy.extensions.filters.http.jwt_authn import v3 as jwt_v3
from crossway.protos.envoy.extensions.filters.http.rbac import v3 as rbac_v3
from crossway.protos.google import protobuf

CACHED: Final = 1000
"""How many verified tokens each worker remembers: checking a signature costs ten times as much as the rest."""
SPACED: Final = ("scope", "scp")
"""Claims that hold several words in one text (RFC 8693, section 4.2)."""


def _url(value: object) -> object:
    TypeAdapter(AnyHttpUrl).validate_python(value)
    return value


class Jwks(Part):
    """The keys of an issuer (RFC 7517), in one of three ways."""

    uri: Annotated[str, BeforeValidator(_url)] | None = None
    """The URL where the issuer publishes them. They are fetched before they are needed and again when they are old."""
    inline: KeySet | None = None
    """The keys themselves, `{keys: [...]}`."""
    secret: Annotated[Secret, AfterValidator(long_enough)] | None = None
    """The secret that issuer and gateway share, for tokens signed with HS256, HS384 or HS512: at least 32 bytes."""
    service: ServiceName | None = None
    """Fetch `uri` from this service, not from where it points to: for an issuer with authorities of its own."""
    refresh: Annotated[Duration, Field(ge=timedelta(seconds=1))] = parse_duration("5m")
    """Fetch again after this time. A new key of the issuer is known after it at the latest."""
    timeout: Annotated[Duration, Field(gt=timedelta())] = parse_duration("5s")
    """How long one attempt to fetch may take."""

    @model_validator(mode="after")
    def _one(self) -> Jwks:
        if sum(way is not None for way in (self.uri, self.inline, self.secret)) != 1:
            raise ValueError("write one of uri, inline and secret")
        if self.service is not None and self.uri is None:
            raise ValueError("service belongs to uri")
        return self if self.uri is None or self.service else self.model_copy(update={"service": self.uri})


class Issuer(Token):
    """Somebody whose tokens are accepted.

    Where these are and what becomes of them may be said here, for them alone; who names a place names all of them.
    """

    issuer: Annotated[str, Field(min_length=1)] | None = None
    """Who must have made the token (`iss`). Without it, anybody who has the key."""
    audiences: tuple[Annotated[str, Field(min_length=1)], ...] = ()
    """For whom the token must be made: one of these must be in it (`aud`). Without any, it may be for anybody."""
    jwks: Jwks
    """The keys that its tokens are signed with."""


_OF_ISSUER: Final = frozenset(Issuer.model_fields) - frozenset(Token.model_fields)


class Jwt(Token, Spec):
    """Ask for a token that is signed, not expired, from the right issuer and for the right audience; else 401.

    One issuer is written without a list: `jwt: {issuer: ..., audiences: [...], jwks: {uri: ...}}`.
    """

    issuers: Annotated[tuple[Issuer, ...], Field(min_length=1)]
    """Whose tokens are accepted."""
    required_claims: Claims = Field(default_factory=dict)
    """What the token must say, else 403: `{email_verified: true, roles: [admin, editor]}`; of a list, one will do."""
    consumer_claim: Annotated[str, Field(min_length=1)] | None = None
    """Find the consumer whose credential `jwt` has the value of this claim as its subject; no such consumer is 401.
    Without it, tokens need no consumer."""
    require_expiration: bool = True
    """Refuse tokens that never expire (without `exp`)."""
    max_lifetime: Annotated[Duration, Field(gt=timedelta())] | None = None
    """Refuse tokens that are good for longer than this."""
    clock_skew: Annotated[Duration, Field(ge=timedelta(seconds=1))] = parse_duration("60s")
    """How far the clocks of issuer and gateway may be apart, in whole seconds and at least one."""
    cache: Annotated[Count, Field(ge=0)] = CACHED
    """How many verified tokens each worker of a proxy remembers; 0 none. A token that is remembered is good until it
    expires, even if its issuer takes the key away meanwhile."""

    short_forms = (
        {
            "type": "object",
            "properties": {"jwks": {"type": "object"}},
            "required": ["jwks"],
            "not": {"required": ["issuers"]},
        },
    )

    @model_validator(mode="before")
    @classmethod
    def _read(cls, value: object) -> object:
        if not isinstance(value, Mapping) or "issuers" in value:
            return value
        issuer = {key: item for key, item in value.items() if key in _OF_ISSUER}
        rest = {key: item for key, item in value.items() if key not in _OF_ISSUER}
        return {**rest, "issuers": [issuer]}


def compile_jwt(spec: Jwt, site: Site) -> Fragment:
    """Return the keys and rules for the filter that all routes share, and which of them hold here."""
    shared = jwt_v3.JwtAuthentication()
    ways: list[jwt_v3.JwtRequirement] = []
    for issuer in spec.issuers:
        provider = _provider(spec, issuer, site)
        name = _digest(provider)
        shared.providers[name].CopyFrom(provider)
        ways.append(jwt_v3.JwtRequirement(provider_name=name))
    if is_lenient(site):
        ways.append(jwt_v3.JwtRequirement(allow_missing=protobuf.Empty()))
    several = jwt_v3.JwtRequirementOrList(requirements=ways)
    requirement = ways[0] if len(ways) == 1 else jwt_v3.JwtRequirement(requires_any=several)
    name = _digest(requirement)
    shared.requirement_map[name].CopyFrom(requirement)
    per_route: dict[str, Message] = {"jwt": jwt_v3.PerRouteConfig(requirement_name=name)}
    if spec.consumer_claim is not None or is_lenient(site):
        is_asked = spec.consumer_claim is not None
        per_route |= reported(site, "jwt", {"claim": spec.consumer_claim or "sub", "consumer": is_asked})
    if spec.required_claims:
        per_route["jwt.claims"] = claim_filter(spec.required_claims, optional=is_lenient(site))
    return Fragment(per_route=per_route, shared={"jwt": shared})


def _provider(spec: Jwt, issuer: Issuer, site: Site) -> jwt_v3.JwtProvider:
    token = of_issuer(spec, issuer)
    provider = jwt_v3.JwtProvider(
        issuer=issuer.issuer or "",
        audiences=issuer.audiences,
        forward=not token.hide_credentials,
        forward_payload_header=token.payload_header or "",
        require_expiration=spec.require_expiration,
        max_lifetime=spec.max_lifetime,
        clock_skew_seconds=round(spec.clock_skew.total_seconds()),
        payload_in_metadata=CLAIMS[1],
        normalize_payload_in_metadata=jwt_v3.JwtProvider.NormalizePayload(space_delimited_claims=SPACED),
        claim_to_headers=[
            jwt_v3.JwtClaimToHeader(claim_name=claim, header_name=header)
            for claim, header in token.claims_to_headers.items()
        ],
        from_headers=[jwt_v3.JwtHeader(name=header.name, value_prefix=header.before) for header in token.header],
        from_params=token.query,
        from_cookies=token.cookie,
    )
    if spec.required_claims and is_lenient(site):
        provider.header_in_metadata = TOKEN_HEADER
    if spec.cache:
        provider.jwt_cache_config.jwt_cache_size = spec.cache
    _keys(provider, issuer.jwks, site)
    return provider


def _keys(provider: jwt_v3.JwtProvider, jwks: Jwks, site: Site) -> None:
    if jwks.uri is not None:
        remote = provider.remote_jwks
        remote.http_uri.uri = jwks.uri
        remote.http_uri.cluster = site.cluster(jwks.service or "")
        remote.http_uri.timeout.FromTimedelta(jwks.timeout)
        remote.cache_duration.FromTimedelta(jwks.refresh)
        remote.async_fetch.fast_listener = True
        remote.async_fetch.failed_refetch_duration.FromTimedelta(timedelta(seconds=1))
        remote.retry_policy.CopyFrom(core_v3.RetryPolicy(num_retries=protobuf.UInt32Value(value=2)))
    elif jwks.secret is not None:
        provider.local_jwks.inline_string = symmetric(jwks.secret)
    else:
        provider.local_jwks.inline_string = json.dumps(jwks.inline, sort_keys=True)


def _digest(message: Message) -> str:
    return blake2b(message.SerializeToString(deterministic=True), digest_size=8).hexdigest()


POLICY: Final = Policy(
    spec=Jwt,
    stage=Stage.AUTHN,
    applies=Target.ROUTE,
    targets=ROUTE_TARGETS,
    compile=compile_jwt,
    filters={"jwt": Shared(jwt_v3.JwtAuthentication()), "jwt.claims": rbac_v3.RBAC()},
)
