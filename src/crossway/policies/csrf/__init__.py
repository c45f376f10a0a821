"""CSRF: requests that change something come from the site's own pages, and not from a page of somebody else.

A browser says where a request comes from (`origin`, or else `referer`), and adds the user's cookies whoever caused it.
So what may change something is refused unless it comes from the host that it goes to.
"""

from __future__ import annotations

import re
from typing import Annotated, Final

from pydantic import BeforeValidator, Field

from crossway.compile.contract import ROUTE_TARGETS, Fragment, Policy, Site, Stage, Target
from crossway.model import Spec, hostname
from crossway.protos.envoy.config.core import v3 as core_v3
from crossway.protos.envoy.extensions.filters.http.csrf import v3 as csrf_v3
from crossway.protos.envoy.type import v3 as type_v3
from crossway.protos.envoy.type.matcher import v3 as matcher_v3

_HOST: Final = re.compile(r"(?P<host>[^/?#@:\[\]]+|\[[^/\]]*\])(:(?P<port>[0-9]{1,5}))?")
_LAST_PORT: Final = 65_535


def _host(value: object) -> object:
    if not isinstance(value, str):
        return value
    if "://" in value:
        raise ValueError(f"{value!r} names a scheme, which is not looked at; write the host, with its port if need be")
    found = _HOST.fullmatch(value)
    if found is None or found["host"] == hostname.CATCH_ALL or int(found["port"] or 0) > _LAST_PORT:
        raise ValueError(f"{value!r} is no host; write shop.example, *.shop.example or shop.example:8443")
    host = hostname.parse_hostname(found["host"])
    return f"{host}:{found['port']}" if found["port"] else host


TrustedHost = Annotated[
    str, BeforeValidator(_host, json_schema_input_type=Annotated[str, Field(pattern=r"^[^/?#@]+$")])
]


class Csrf(Spec):
    """Refuse requests that pages of other sites cause: `csrf: {}`.

    POST, PUT, PATCH and DELETE need an `origin`, or else a `referer`, of the host that they go to; otherwise the answer
    is 403. Schemes are not compared. A client that is no browser and sends neither is refused as well: its routes have
    no cookies to protect, and need no `csrf`.
    """

    additional_origins: tuple[TrustedHost, ...] = ()
    """Other hosts whose pages may: `shop.example`, `*.shop.example` (any depth below it, not itself), each with a port
    where it is not the one of its scheme."""
    dry_run: bool = False
    """Refuse nothing, and count what it would refuse."""


def compile_csrf(spec: Csrf, _site: Site) -> Fragment:
    """Return the settings of the filter for the route."""
    policy = csrf_v3.CsrfPolicy(
        filter_enabled=_percent(0 if spec.dry_run else 100),
        shadow_enabled=_percent(100) if spec.dry_run else None,
        additional_origins=[_matcher(origin) for origin in spec.additional_origins],
    )
    return Fragment(per_route={"csrf": policy})


def _percent(share: int) -> core_v3.RuntimeFractionalPercent:
    return core_v3.RuntimeFractionalPercent(default_value=type_v3.FractionalPercent(numerator=share))


def _matcher(origin: str) -> matcher_v3.StringMatcher:
    if not origin.startswith("*."):
        return matcher_v3.StringMatcher(exact=origin)
    regex = matcher_v3.RegexMatcher(regex=f"[^:]+{re.escape(origin[1:])}")
    return matcher_v3.StringMatcher(safe_regex=regex)


POLICY = Policy(
    spec=Csrf,
    stage=Stage.CORS,
    applies=Target.ROUTE,
    targets=ROUTE_TARGETS,
    compile=compile_csrf,
    filters={"csrf": csrf_v3.CsrfPolicy(filter_enabled=_percent(0))},
)
