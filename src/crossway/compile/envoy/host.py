"""Virtual hosts: the routes of one hostname, in a layout that costs the same at ten routes and at a hundred thousand.

Law: a layout is a matter of speed. Whatever it is, a request is tried against the same routes in the same order, and
what no route takes is a 404. Two layouts (measured in ``docs/decisions/0004-route-layouts.md``):

* a list, up to `LIST_LIMIT` routes: Envoy tries one after the other;
* a tree over the literal beginnings of the paths. Each leaf is the complete list of the routes that can match a path
  with that beginning, so that nothing ever has to be looked up twice.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Final

from crossway.compile.envoy.answer import misdirected_request
from crossway.compile.envoy.cluster import SAFE_RETRIES
from crossway.compile.envoy.match import compile_match
from crossway.compile.envoy.route import compile_route
from crossway.memo import Read
from crossway.model import Findings, PathKind
from crossway.plan.gateway import misdirected
from crossway.plan.host import Candidate, candidates
from crossway.plan.route import Place
from crossway.protos import pack
from crossway.protos.envoy.config.route import v3 as route_v3
from crossway.protos.envoy.type.matcher import v3 as matcher_input_v3
from crossway.protos.xds.core import v3 as xds_core_v3
from crossway.protos.xds.type.matcher import v3 as xds_matcher_v3

LIST_LIMIT: Final = 48
"""From here on a tree is cheaper than a list."""


def compile_host(read: Read, place: Place) -> route_v3.VirtualHost:
    """Return the virtual host with all routes of *place*; one whose requests went astray answers 421 instead."""
    if place.hostname in read(misdirected, place.table):
        return route_v3.VirtualHost(name=place.hostname, domains=[place.hostname], routes=[misdirected_request()])
    return virtual_host(read, place, read(candidates, place))


def virtual_host(read: Read, place: Place, tried: Sequence[Candidate]) -> route_v3.VirtualHost:
    """Return the virtual host of *place* with those of its routes that are in *tried*, in their order."""
    host = route_v3.VirtualHost(name=place.hostname, domains=[place.hostname])
    host.retry_policy.retry_on = SAFE_RETRIES
    host.retry_policy.num_retries.value = 2
    if len(tried) <= LIST_LIMIT:
        host.routes.extend(_messages(read, tried))
    else:
        host.matcher.CopyFrom(_tree(read, tried))
    return host


def host_findings(read: Read, place: Place) -> Findings:
    """Return why routes of *place* do not do what was written."""
    compiled = (
        read(compile_route, candidate.route, candidate.index, candidate.door)
        for candidate in read(candidates, place)
        if not candidate.preflight
    )
    return tuple(route.finding for route in compiled if route.finding is not None)


def _messages(read: Read, tried: Iterable[Candidate]) -> list[route_v3.Route]:
    compiled = ((item, read(compile_route, item.route, item.index, item.door)) for item in tried)
    return [_asked(item, made.message) if item.preflight else made.message for item, made in compiled if made.served]


def _asked(candidate: Candidate, message: route_v3.Route) -> route_v3.Route:
    """Return the route *message* for preflights: it matches them, and is the same in all else."""
    asked = route_v3.Route()
    asked.CopyFrom(message)
    asked.match.CopyFrom(compile_match(candidate.match))
    return asked


def _tree(read: Read, tried: Sequence[Candidate]) -> xds_matcher_v3.Matcher:
    """Return a matcher that finds the longest literal beginning of the path, and tries the routes of that leaf."""
    matcher = xds_matcher_v3.Matcher()
    path = matcher_input_v3.HttpRequestHeaderMatchInput(header_name=":path")
    matcher.matcher_tree.input.CopyFrom(xds_core_v3.TypedExtensionConfig(name="path", typed_config=pack(path)))
    leaves = matcher.matcher_tree.prefix_match_map.map
    for beginning, leaf in by_beginning(tried).items():
        routes = route_v3.RouteList(routes=_messages(read, leaf))
        leaves[beginning].action.name = "routes"
        leaves[beginning].action.typed_config.CopyFrom(pack(routes))
    return matcher


def by_beginning(tried: Sequence[Candidate]) -> dict[str, list[Candidate]]:
    """Return, for each literal beginning of a path, the candidates that can match a path with it, in their order.

    Those are the ones that begin so themselves, the prefixes and templates of its ancestors by segment, the prefixes
    by text that it begins with, and all regular expressions. There is a leaf for ``/``, so that every path finds one.
    """
    own: defaultdict[str, list[int]] = defaultdict(list)
    by_segment: defaultdict[str, list[int]] = defaultdict(list)
    by_text: defaultdict[str, list[int]] = defaultdict(list)
    for position, candidate in enumerate(tried):
        path = candidate.match.effective_path
        if path.kind is PathKind.STARTS_WITH:
            own[path.value].append(position)
            by_text[path.value].append(position)
        else:
            own[path.literal].append(position)
            if path.kind is not PathKind.EXACT:
                by_segment[path.literal].append(position)
    lengths = sorted({len(text) for text in by_text})
    leaves: dict[str, list[Candidate]] = {}
    for beginning in sorted(own.keys() | {"/"}):
        inherited = [position for ancestor in _ancestors(beginning) for position in by_segment.get(ancestor, ())]
        shorter = (beginning[:length] for length in lengths if length < len(beginning))
        inherited += (position for text in shorter for position in by_text.get(text, ()))
        leaves[beginning] = [tried[position] for position in sorted([*own.get(beginning, ()), *inherited])]
    return leaves


def _ancestors(beginning: str) -> Iterable[str]:
    while beginning != "/":
        beginning = beginning.rpartition("/")[0] or "/"
        yield beginning
