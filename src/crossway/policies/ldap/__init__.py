"""LDAP: a client shows a name and a password, and whoever the directory knows by them is let in.

The control plane asks the directory, and remembers for a while what it said; see `crossway.compile.checks`.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated, Final
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field

from crossway.compile.authentication import reported
from crossway.compile.checks import PATIENCE, checked, checking
from crossway.compile.contract import ROUTE_TARGETS, Fragment, Policy, Site, Stage, Target
from crossway.model import Duration, Finding, Part, Spec, parse_duration
from crossway.protos.envoy.config.route import v3 as route_v3

NAME: Final = "ldap"
USER: Final = "{username}"


def _url(text: str) -> str:
    try:
        parts = urlsplit(text)
        fits = parts.scheme in ("ldap", "ldaps") and bool(parts.hostname) and not (parts.path or parts.query)
        _ = parts.port
    except ValueError:
        fits = False
    if not fits or "@" in text:
        raise ValueError("the URL of a directory is ldaps://HOST or ldap://HOST, with a port if need be")
    return text


def _with_user(text: str) -> str:
    if USER not in text:
        raise ValueError(f"the name of the user stands where {USER} is")
    return text


class Groups(Part):
    """Where the groups of a user are found."""

    base: Annotated[str, Field(min_length=1)]
    """Below which entry they are: `ou=groups,dc=example,dc=com`."""
    filter: Annotated[str, Field(pattern=r"^\(.*\)$")] = "(|(member={dn})(uniqueMember={dn})(memberUid={username}))"
    """Which of them have the user (RFC 4515); `{dn}` and `{username}` stand for who that is."""
    attribute: Annotated[str, Field(pattern=r"^[A-Za-z][A-Za-z0-9-]*$")] = "cn"
    """What they are called by. A group whose name has other characters than letters, digits and `._-` is left out."""


class Ldap(Spec):
    """Ask for a name and a password that an LDAP directory knows, in `authorization` (Basic); else 401.

    The gateway binds with them, as the user, so it needs no account of its own. The user is the consumer of this name,
    with the groups of the directory; a consumer of the namespace with the same name adds its groups, tags and plan.
    Where the directory cannot be asked, the answer is 503. It needs the extra `ldap` of the package.
    """

    url: Annotated[str, AfterValidator(_url)]
    """Where the directory is. Passwords travel to it readably with `ldap://`, unless `start_tls` is on."""
    start_tls: bool = False
    """Speak TLS after connecting to `ldap://`. The control plane has to trust the certificate."""
    user_dn: Annotated[str, AfterValidator(_with_user)]
    """Who binds: `uid={username},ou=people,dc=example,dc=com`, or `{username}@example.com` for Active Directory."""
    groups: Groups | None = None
    """Where the groups of a user are found; without it, they are not asked for."""
    cache: Annotated[Duration, Field(ge=timedelta(), le=timedelta(hours=1))] = parse_duration("1m")
    """How long a password that was right is not asked about again: one that is changed works for so long. 0 asks
    always."""
    timeout: Annotated[Duration, Field(gt=timedelta(), lt=PATIENCE)] = parse_duration("1s")
    """How long the directory may take to answer each question."""
    hide_credentials: bool = True
    """Take the header off the request, so that no backend sees the password."""


def compile_ldap(spec: Ldap, site: Site) -> Fragment | Finding:
    """Return that name and password have to be checked."""
    if "basic_auth" in site.beside:
        message = "basic_auth holds here too, and each of them would refuse the passwords of the other"
        return Finding("ldap.other_passwords", message, hint="give the consumers an api_key, or a route of their own")
    route = route_v3.Route(request_headers_to_remove=["authorization"]) if spec.hide_credentials else None
    return Fragment(route=route, per_route={NAME: checked(NAME, spec, site), **reported(site, NAME, {})})


POLICY: Final = Policy(
    spec=Ldap,
    stage=Stage.AUTHN,
    applies=Target.ROUTE,
    targets=ROUTE_TARGETS,
    compile=compile_ldap,
    filters={NAME: checking()},
)
