"""Who must answer a request: the rules of routing as the documentation tells them, slow and obvious.

It shares nothing with the compiler but the model. Written from the text, so that the code can be held to it:

* Host names are exact, wildcards (``*.example.org``: any depth below it, not itself) or ``*``. Case and port do not
  matter. The most specific one that covers the host owns the request, and nobody else gets it.
* There, matches are tried in this order: priority; exact paths, then prefixes and templates by the length of what they
  say literally up to the first variable, then regular expressions; a template before a prefix, and of two templates
  the longer one, the names of variables aside; a prefix by segment before one by text; with methods before without;
  more headers; more query parameters; more of the other conditions; the lesser tiebreak; then by the name of the route.
* A match of which anything fails is passed over for the next. What none takes is a 404.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from crossway.model import Gateway, Match, Part, PathKind, PathMatch, Ref, Route, ValueMatch

KINDS = {PathKind.EXACT: 0, PathKind.PREFIX: 1, PathKind.STARTS_WITH: 1, PathKind.TEMPLATE: 1, PathKind.REGEX: 2}
VARIABLE = re.compile(r"\{\w+\}")


@dataclass(frozen=True)
class Request:
    """A request as it comes in at a port of a gateway."""

    host: str = "a.example.org"
    target: str = "/"
    """Path and query."""
    method: str = "GET"
    headers: Mapping[str, str] = field(default_factory=dict)

    @property
    def path(self) -> str:
        return self.target.partition("?")[0]

    @property
    def queries(self) -> dict[str, str]:
        """The parameters as they stand there; the first one counts where a name comes twice."""
        found: dict[str, str] = {}
        for pair in self.target.partition("?")[2].split("&"):
            name, _, value = pair.partition("=")
            if name:
                found.setdefault(name, value)
        return found

    @property
    def cookies(self) -> dict[str, str]:
        pairs = (pair.strip().partition("=") for pair in self.headers.get("cookie", "").split(";") if pair.strip())
        return {name: value for name, _, value in pairs}


class Answer(NamedTuple):
    """The match that takes a request: the name of its route, and which of the route's matches it is."""

    route: Ref
    match: int


def winner(resources: Mapping[Ref, Part], gateway: Ref, port: int, request: Request) -> Answer | None:
    """Return who must answer *request* when it comes to *port*, where no TLS is spoken; `None` for a 404."""
    host = re.sub(r":\d+$", "", request.host).lower().removesuffix(".")
    settings = resources[gateway]
    assert isinstance(settings, Gateway)
    doors = {
        name: listener.hostnames or ("*",)
        for name, listener in settings.listeners.items()
        if listener.port == port and any(covers(pattern, host) for pattern in listener.hostnames or ("*",))
    }
    if not doors:
        return None
    door = max(doors, key=lambda name: max(closeness(p) for p in doors[name] if covers(p, host)))
    standing: dict[str, list[tuple[Ref, Route]]] = {name: [] for name in doors[door]}
    for ref, route in resources.items():
        if isinstance(route, Route) and (not route.listeners or door in route.listeners):
            for name in shared(route.hostnames or ("*",), doors[door]):
                standing.setdefault(name, []).append((ref, route))
    owner = max((name for name in standing if covers(name, host)), key=closeness)
    tried = sorted(
        (order(route, match), ref, index, match)
        for ref, route in standing[owner]
        for index, match in enumerate(route.matches)
        if takes(match, request)
    )
    return Answer(tried[0][1], tried[0][2]) if tried else None


def shared(some: tuple[str, ...], others: tuple[str, ...]) -> Iterator[str]:
    """Yield the names that both lists of patterns have in common."""
    found = {one for one in some for other in others if covers(other, one)}
    yield from found | {other for one in some for other in others if covers(one, other)}


def covers(pattern: str, host: str) -> bool:
    """Return whether *pattern* means *host*, or all that the pattern *host* means."""
    if pattern == "*":
        return True
    if pattern.startswith("*."):
        return host.endswith(pattern[1:]) and host not in (pattern[1:], pattern[2:])
    return pattern == host


def closeness(pattern: str) -> tuple[bool, bool, int]:
    """Return what grows with how specific a pattern is."""
    return (pattern != "*", not pattern.startswith("*"), len(pattern))


def order(route: Route, match: Match) -> tuple[object, ...]:
    """Return what is less for a match that is tried earlier."""
    path = match.effective_path
    literally = path.value
    if path.kind is PathKind.TEMPLATE:
        literally = path.value.split("{")[0]
    if path.kind is PathKind.REGEX:
        literally = ""
    template = VARIABLE.sub("{}", path.value) if path.kind is PathKind.TEMPLATE else ""
    rest = len(match.cookies) + (1 if match.source_ips else 0) + (1 if match.grpc else 0)
    return (
        -route.priority,
        KINDS[path.kind],
        -len(literally),
        -len(template),
        path.kind is PathKind.STARTS_WITH,
        0 if match.methods else 1,
        -len(match.headers),
        -len(match.queries),
        -rest,
        route.tiebreak,
    )


def takes(match: Match, request: Request) -> bool:
    """Return whether *request* meets every condition of *match*."""
    return (
        takes_path(match.effective_path, request.path)
        and (not match.methods or request.method in match.methods)
        and all(takes_value(value, request.headers.get(name)) for name, value in match.headers.items())
        and all(takes_value(value, request.queries.get(name)) for name, value in match.queries.items())
        and all(takes_value(value, request.cookies.get(name)) for name, value in match.cookies.items())
        and (match.grpc is None or request.headers.get("content-type", "").startswith("application/grpc"))
    )


def takes_path(path: PathMatch, actual: str) -> bool:
    """Return whether *actual*, a path without its query, is meant by *path*."""
    match path.kind:
        case PathKind.EXACT:
            return actual == path.value
        case PathKind.PREFIX:
            return path.value == "/" or actual == path.value or actual.startswith(path.value + "/")
        case PathKind.STARTS_WITH:
            return actual.startswith(path.value)
        case PathKind.REGEX:
            return re.fullmatch(path.value, actual) is not None
    fixed, below = path.value.removesuffix("/*"), path.value.endswith("/*")
    wanted, segments = fixed.split("/"), actual.split("/")
    if len(segments) < len(wanted) or (len(segments) > len(wanted) and not below):
        return False
    return all(
        bool(segment) if VARIABLE.fullmatch(want) else segment == want
        for want, segment in zip(wanted, segments, strict=False)
    )


def takes_value(condition: ValueMatch, actual: str | None) -> bool:
    """Return whether *actual*, `None` if it is not there, meets *condition*."""
    if condition.invert:
        return not takes_value(condition.model_copy(update={"invert": False}), actual)
    if condition.present is not None:
        return (actual is not None) is condition.present
    if actual is None:
        return False
    if condition.exact is not None:
        return actual == condition.exact
    if condition.prefix is not None:
        return actual.startswith(condition.prefix)
    if condition.suffix is not None:
        return actual.endswith(condition.suffix)
    if condition.contains is not None:
        return condition.contains in actual
    return re.fullmatch(condition.regex or "", actual) is not None
