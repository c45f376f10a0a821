"""Authentication: who a client is, after every method has said whom it recognised.

This is the last filter of the stage on every route with a method of authentication. It finds the consumer, holds the
methods against each other, refuses what has expired, and tells the backend and all later policies who it was.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from importlib.resources import files
from typing import Final
from urllib.parse import quote

from crossway.compile import identity
from crossway.compile.authentication import (
    FILTER,
    GUARD,
    METHODS,
    NOBODY,
    Authentication,
    Require,
    Twice,
    credentials,
    distinct,
    identity_of,
)
from crossway.compile.contract import (
    ROUTE_TARGETS,
    Consumers,
    Fragment,
    OfConsumers,
    Policy,
    Site,
    Stage,
    Target,
)
from crossway.model import (
    BasicCredential,
    Finding,
    Findings,
    JwtCredential,
    MtlsCredential,
    OAuth2Client,
    Ref,
    SignatureCredential,
)
from crossway.protos.envoy.config.core import v3 as core_v3
from crossway.protos.envoy.extensions.filters.http.lua import v3 as lua_v3

SCRIPT: Final = files(__package__).joinpath("authentication.lua").read_text("utf-8")
GUARDING: Final = files(__package__).joinpath("guard.lua").read_text("utf-8")


def compile_authentication(spec: Authentication, site: Site) -> Fragment | Finding:
    """Return how the methods that hold at *site* go together."""
    if not any(method in site.beside for method in METHODS):
        message = "there is no method here that could recognise anybody"
        return Finding("authentication.no_method", message, expected=" or ".join(METHODS))
    settings = lua_v3.LuaPerRoute()
    settings.filter_context.update({"any": spec.require is Require.ANY, "optional": spec.optional})
    return Fragment(per_route={site.of_consumers(FILTER): settings})


def _script(consumers: Consumers) -> tuple[lua_v3.Lua, Findings]:
    """Return the filter that knows by what *consumers* are recognised, apart from what other filters know."""
    known, findings = distinct((f"{quote(key, safe='')}", who, twice) for key, who, twice in _principals(consumers))
    findings += _checked_elsewhere(consumers)
    table = "\n".join(f"{key} {who}" for key, who in known.items())
    constants = {
        "CLIENT": identity.CLIENT,
        "SOLE": identity.SOLE,
        "USER": identity.USER,
        "SIGNED": identity.SIGNED,
        "LISTED": identity.LISTED,
        "NOBODY": NOBODY,
        "KNOWN": table,
    }
    head = "".join(f"local {name} = [==[{value}]==]\n" for name, value in constants.items())
    code = core_v3.DataSource(inline_string=f"{head}{SCRIPT}")
    return lua_v3.Lua(default_source_code=code), tuple(findings)


def _principals(consumers: Consumers) -> Iterator[tuple[str, str, Twice]]:
    """Yield what stands for each consumer in what a method reports, whom it stands for, and what if it is not alone."""
    for basic, who, twice in credentials(consumers, "basic_auth", BasicCredential):
        yield f"basic_auth {basic.username}", who, twice
    for token, who, twice in credentials(consumers, "jwt", JwtCredential):
        yield f"jwt {token.issuer or ''} {token.subject}", who, twice
    for certificate, who, twice in credentials(consumers, "mtls", MtlsCredential):
        fingerprint = (certificate.fingerprint or "").replace(":", "").lower()
        yield f"mtls name {certificate.san}" if certificate.san else f"mtls {fingerprint}", who, twice
    for client, who, twice in credentials(consumers, "oauth2", OAuth2Client):
        yield f"oauth2 client {client.client_id}", who, twice
    for ref, consumer in consumers:
        for position, user in enumerate(consumer.credentials.basic_auth):
            who = identity_of(ref, consumer, user, position)
            yield f"oauth2 user {ref.name} {user.identifier(position)}", who, partial(_same_id, ref, position)


def _same_id(ref: Ref, position: int) -> Finding:
    message = "the consumer has another basic_auth with the same id, by which its tokens are known"
    return Finding("credential.duplicate", message, about=ref, path=("credentials", "basic_auth", position))


def _checked_elsewhere(consumers: Consumers) -> list[Finding]:
    """Return what is wrong with credentials that the control plane checks, and no filter knows."""
    signatures = credentials(consumers, "hmac_signature", SignatureCredential)
    return distinct((key.key_id, who, twice) for key, who, twice in signatures)[1]


POLICY: Final = Policy(
    spec=Authentication,
    stage=Stage.CONSUMER,
    applies=Target.ROUTE,
    targets=ROUTE_TARGETS,
    compile=compile_authentication,
    filters={
        FILTER: OfConsumers(_script),
        GUARD: lua_v3.Lua(default_source_code=core_v3.DataSource(inline_string=GUARDING)),
    },
)
