"""Routes whose Python looks at requests and does nothing else: the proxy asks it, and goes on by itself.

Law: no request gets past it. Where Python gives no answer the filter gives one, 503; and all that a route does without
Python it does here itself, so it costs a question and no second way through the proxy.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import timedelta
from typing import Final

from crossway.compile.envoy import names
from crossway.compile.envoy.cluster import own_cluster
from crossway.compile.envoy.resource import Resource
from crossway.compile.program import HEADS_SOCKET, LENGTH, PEER, PROTOCOL, WORD, Entry, Program, is_about_heads, shown
from crossway.protos import pack
from crossway.protos.envoy.config.core import v3 as core_v3
from crossway.protos.envoy.config.route import v3 as route_v3
from crossway.protos.envoy.extensions.filters.http.ext_authz import v3 as ext_authz_v3
from crossway.protos.envoy.extensions.filters.network.http_connection_manager import v3 as hcm_v3
from crossway.protos.envoy.type import v3 as type_v3
from crossway.protos.google import protobuf

FILTER: Final = "python.heads"
"""The filter that asks."""
TOLD: Final[Mapping[str, str]] = {
    LENGTH: "%REQ(CONTENT-LENGTH)%",
    PROTOCOL: "%REQ(UPGRADE)%",
    PEER: "%DOWNSTREAM_REMOTE_ADDRESS_WITHOUT_PORT%",
}
"""What Python is told beside the headers of the request, and in which headers."""
TIME: Final = "x-envoy-upstream-service-time"
"""What the proxy writes on each answer to a question: nobody else's business."""
LONGEST: Final = timedelta(hours=1)
"""How long an answer may take at all: each plugin has a deadline of its own."""
_OF_THE_CONNECTION: Final = r"connection|expect|http2-settings|keep-alive|proxy-connection|te|transfer-encoding|upgrade"
"""What speaks of the client's connection, and would be wrong on the one to Python (RFC 9110, section 7.6.1)."""


def http_filter() -> hcm_v3.HttpFilter:
    """Return the filter, switched off.

    The answer 200 lets a request pass, with the headers that the answer has and without those that it names. No answer
    and those that say that a server has failed are answered 503, and every other one goes to the client.
    """
    check = ext_authz_v3.ExtAuthz(transport_api_version=core_v3.ApiVersion.V3)
    check.status_on_error.code = type_v3.StatusCode.ServiceUnavailable
    check.charge_cluster_response_stats.value = False
    check.allowed_headers.patterns.add().safe_regex.regex = ".*"
    check.disallowed_headers.patterns.add().safe_regex.regex = _OF_THE_CONNECTION
    check.http_service.server_uri.uri = f"http://{names.HEADS}"
    check.http_service.server_uri.cluster = names.HEADS
    check.http_service.server_uri.timeout.FromTimedelta(LONGEST)
    allowed = check.http_service.authorization_response.allowed_upstream_headers
    allowed.patterns.add().safe_regex.regex = _without("content-le")  # of the answer, which has no body
    return hcm_v3.HttpFilter(name=names.http_filter(FILTER), disabled=True, typed_config=pack(check))


def _without(beginning: str) -> str:
    """Return a regular expression for every text that does not begin so: RE2 knows no shorter way to say that."""
    return "|".join(f"{beginning[:end]}(?:[^{letter}].*)?" for end, letter in enumerate(beginning))


def asked(entry: Entry) -> ext_authz_v3.ExtAuthzPerRoute | route_v3.FilterConfig:
    """Return what switches the filter on for *entry*: with the beginning of the body, where that has to be shown.

    A request waits for so much of its body then, unless it asks for another protocol. The rest follows as it comes.
    """
    size = shown(entry)
    if not size:
        return route_v3.FilterConfig(config=protobuf.Any())
    body = ext_authz_v3.BufferSettings(max_request_bytes=size, allow_partial_message=True)
    return ext_authz_v3.ExtAuthzPerRoute(check_settings=ext_authz_v3.CheckSettings(with_request_body=body))


def asking(native: route_v3.Route) -> route_v3.Route:
    """Return *native* as it stands behind the question: no backend is told what Python was.

    The headers that it adds to answers are left to who tells Python: they are on its answers too.
    """
    found = route_v3.Route()
    found.CopyFrom(native)
    found.ClearField("response_headers_to_remove")
    found.ClearField("response_headers_to_add")
    found.response_headers_to_add.extend(one for one in native.response_headers_to_add if not is_added(one))
    found.request_headers_to_remove.extend((WORD, *TOLD, TIME))
    return found


def is_added(option: core_v3.HeaderValueOption) -> bool:
    """Return whether a header is one that the route adds, and not the type of the answer that it gives itself."""
    return option.header.key != "content-type"


def clusters(program: Program) -> Iterator[Resource]:
    """Yield the cluster of what is asked, if anything is."""
    if any(map(is_about_heads, program.entries.values())):
        address = core_v3.Address(pipe=core_v3.Pipe(path=HEADS_SOCKET))
        yield Resource.of(names.HEADS, own_cluster(names.HEADS, address))
