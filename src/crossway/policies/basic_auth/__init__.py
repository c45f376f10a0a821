"""Basic authentication (RFC 7617): a client shows a name and a password, and is the consumer who has them."""

from __future__ import annotations

import base64
from typing import Final

from crossway.compile import identity
from crossway.compile.authentication import credentials, distinct, is_lenient, reported
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
from crossway.model import SHA, BasicCredential, Findings, Secret, Spec, hashed
from crossway.protos.envoy.config.core import v3 as core_v3
from crossway.protos.envoy.config.route import v3 as route_v3
from crossway.protos.envoy.extensions.filters.http.basic_auth import v3 as basic_auth_v3

NOBODY: Final = {"of nobody": f"{SHA}{base64.b64encode(bytes(20)).decode()}"}
"""A user whom no request can name, with a hash of no password: the filter wants one at least."""


class BasicAuth(Spec):
    """Ask for the name and password of a consumer, in `authorization`.

    A request without them is answered 401, with the challenge that makes a browser ask for them. Both travel readably
    in every request: use it over TLS alone.
    """

    hide_credentials: bool = True
    """Take the header off the request, so that no backend sees the password."""


def compile_basic_auth(spec: BasicAuth, site: Site) -> Fragment:
    """Return that name and password have to be there."""
    switched_on = route_v3.FilterConfig()
    switched_on.config.SetInParent()
    name = site.of_consumers("basic_auth.optional" if is_lenient(site) else "basic_auth")
    per_route = {name: switched_on, **reported(site, "basic_auth", {})}
    hidden = route_v3.Route(request_headers_to_remove=["authorization"])
    return Fragment(per_route=per_route, route=hidden if spec.hide_credentials else None)


def _users(consumers: Consumers, *, optional: bool) -> tuple[basic_auth_v3.BasicAuth, Findings]:
    found = credentials(consumers, "basic_auth", BasicCredential)
    known, findings = distinct((user.username, _hash(user.password), twice) for user, _, twice in found)
    lines = "".join(f"{name}:{password}\n" for name, password in (known or NOBODY).items())
    users = core_v3.DataSource(inline_string=lines)
    return basic_auth_v3.BasicAuth(users=users, forward_username_header=identity.USER, allow_missing=optional), tuple(
        findings
    )


def _hash(password: Secret) -> str:
    text = password.reveal()
    return text if text.startswith(SHA) else hashed(text)


POLICY: Final = Policy(
    spec=BasicAuth,
    stage=Stage.AUTHN,
    applies=Target.ROUTE,
    targets=ROUTE_TARGETS,
    compile=compile_basic_auth,
    filters={
        "basic_auth": OfConsumers(lambda consumers: _users(consumers, optional=False)),
        "basic_auth.optional": OfConsumers(lambda consumers: _users(consumers, optional=True)),
    },
)
