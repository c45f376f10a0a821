"""Redirects: the location that Envoy sends a client to, and the rewriting of paths that it shares with forwarding.

What happens to host and port follows Envoy's own function (``Http::Utility::newUri``).
"""

from __future__ import annotations

from typing import Final

from crossway.compile.envoy.route import DEFAULT_PORTS
from crossway.protos.envoy.config.route import v3 as route_v3
from crossway.protos.envoy.type.matcher import v3 as matcher_v3
from crossway.simulation.regex import compiled

_Codes = route_v3.RedirectAction.RedirectResponseCode
STATUSES: Final = {
    _Codes.MOVED_PERMANENTLY: 301,
    _Codes.FOUND: 302,
    _Codes.SEE_OTHER: 303,
    _Codes.TEMPORARY_REDIRECT: 307,
    _Codes.PERMANENT_REDIRECT: 308,
}


def location(redirect: route_v3.RedirectAction, scheme: str, host: str, target: str) -> str:
    """Return where a request with *scheme*, *host* and *target* (path and query) is sent."""
    wanted = "https" if redirect.https_redirect else redirect.scheme_redirect or scheme
    port = f":{redirect.port_redirect}" if redirect.port_redirect else ""
    place = redirect.host_redirect or _host(host, scheme, wanted, port)
    return f"{wanted}://{place}{port}{_target(redirect, target)}"


def _host(host: str, scheme: str, wanted: str, port: str) -> str:
    """Return the host without its port where another one follows, or where it is the default of the scheme it was."""
    colon = host.rfind("]:") + 1 or -1 if host.startswith("[") else host.rfind(":")
    if colon < 0:
        return host
    leaves_default = wanted != scheme and host[colon:] == f":{DEFAULT_PORTS[scheme]}"
    return host[:colon] if port or leaves_default else host


def _target(redirect: route_v3.RedirectAction, target: str) -> str:
    path, mark, query = target.partition("?")
    if redirect.path_redirect:
        own = redirect.path_redirect
        return own if "?" in own or redirect.strip_query else own + mark + query
    return path if redirect.strip_query else target


def rewritten(rewrite: matcher_v3.RegexMatchAndSubstitute, target: str) -> str:
    """Return *target* with the rewrite made in its path; the query stays."""
    path, mark, query = target.partition("?")
    return compiled(rewrite.pattern.regex).replace(path, rewrite.substitution) + mark + query
