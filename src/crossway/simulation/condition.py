"""Conditions: what a match asks of a request, each one told from the others so that it can be said which one failed.

Law: a condition holds, fails, or hangs on something that is not known of the request.
"""

from __future__ import annotations

import enum
import ipaddress
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Final

from crossway.compile.envoy.match import compile_template
from crossway.model import Match, PathKind, PathMatch, ValueMatch
from crossway.simulation.arrival import UNKNOWN, Arrival, Value
from crossway.simulation.regex import compiled

EQUALS: Final = "= "
"""What is asked for begins with this where only one text will do, and then comes the text."""
NOT: Final = "not "
"""What is asked for begins with this where the rest of it must not hold."""
PRESENT: Final = "present"
ABSENT: Final = "absent"

_GRPC: Final = ("application/grpc", "application/grpc-web", "application/grpc-web-text")
_GRPC_WITH_MORE: Final = tuple(f"{kind}{end}" for kind in _GRPC for end in "+;")


class Subject(enum.StrEnum):
    """What a condition is about."""

    PATH = "path"
    METHOD = "method"
    HEADER = "header"
    QUERY = "query"
    COOKIE = "cookie"
    CLIENT_IP = "client ip"


@dataclass(frozen=True, slots=True)
class Condition:
    """One condition of a match. Two that ask for the same are equal, whichever matches they are of."""

    subject: Subject
    name: str
    """The name of the header, query parameter or cookie."""
    wanted: str
    """What is asked for, in words."""
    accepts: Callable[[str | None], bool] = field(compare=False)

    def value(self, arrival: Arrival) -> Value:
        """Return what *arrival* says of the subject."""
        match self.subject:
            case Subject.HEADER:
                return arrival.header(self.name)
            case Subject.METHOD:
                return arrival.method
            case Subject.QUERY:
                return arrival.parameter(self.name)
            case Subject.COOKIE:
                return arrival.cookie(self.name)
            case Subject.PATH:
                return arrival.path
            case Subject.CLIENT_IP:
                return UNKNOWN if arrival.client_ip is None else arrival.client_ip

    def holds(self, arrival: Arrival) -> bool | None:
        """Return whether *arrival* meets the condition; `None` if that hangs on what is not known of it."""
        value = self.value(arrival)
        return None if value is UNKNOWN else self.accepts(value)

    def __str__(self) -> str:
        return f"{self.subject} {self.name} {self.wanted}" if self.name else f"{self.subject} {self.wanted}"


def conditions(match: Match) -> tuple[Condition, ...]:
    """Return everything that *match* asks for besides the path."""
    return tuple(_conditions(match))


def path_condition(path: PathMatch) -> Condition:
    """Return the condition on the path."""
    return Condition(Subject.PATH, "", str(path), _takes_path(path))


def _takes_path(path: PathMatch) -> Callable[[str | None], bool]:
    value, below = path.value, f"{path.value}/"
    match path.kind:
        case PathKind.EXACT:
            return lambda text: text == value
        case PathKind.PREFIX if value == "/":
            return lambda text: text is not None and text.startswith("/")
        case PathKind.PREFIX:
            return lambda text: text == value or (text is not None and text.startswith(below))
        case PathKind.STARTS_WITH:
            return lambda text: text is not None and text.startswith(value)
        case PathKind.TEMPLATE:
            return _matching(compile_template(value))
        case PathKind.REGEX:
            return _matching(value)


def _conditions(match: Match) -> Iterator[Condition]:
    if match.methods:
        methods = frozenset(match.methods)
        yield Condition(Subject.METHOD, "", " or ".join(match.methods), lambda text: text in methods)
    for name, value in match.headers.items():
        yield Condition(Subject.HEADER, name, _words(value), _takes_value(value))
    for name, value in match.queries.items():
        yield Condition(Subject.QUERY, name, _words(value), _takes_value(value))
    for name, value in match.cookies.items():
        yield Condition(Subject.COOKIE, name, _words(value), _takes_value(value))
    if match.source_ips:
        yield Condition(Subject.CLIENT_IP, "", f"in {', '.join(match.source_ips)}", _inside(match.source_ips))
    if match.grpc:
        yield Condition(Subject.HEADER, "content-type", "application/grpc", _is_grpc)


def _words(value: ValueMatch) -> str:
    kind = value.kind or "exact"
    if kind == "present":
        return PRESENT if value.present else ABSENT
    content = getattr(value, kind)
    words = f"{EQUALS}{content}" if kind == "exact" else f"{kind} {content}"
    return f"{NOT}{words}" if value.invert else words


def _takes_value(value: ValueMatch) -> Callable[[str | None], bool]:
    takes = _takes_content(value)
    return (lambda text: not takes(text)) if value.invert else takes


def _takes_content(value: ValueMatch) -> Callable[[str | None], bool]:
    content: str = getattr(value, value.kind or "exact")
    match value.kind:
        case "present":
            return lambda text: (text is not None) is value.present
        case "prefix":
            return lambda text: text is not None and text.startswith(content)
        case "suffix":
            return lambda text: text is not None and text.endswith(content)
        case "contains":
            return lambda text: text is not None and content in text
        case "regex":
            return _matching(content)
        case _:
            return lambda text: text == content


def _matching(pattern: str) -> Callable[[str | None], bool]:
    regex = compiled(pattern)
    return lambda text: text is not None and regex.matches(text)


def _inside(networks: tuple[str, ...]) -> Callable[[str | None], bool]:
    wanted = [ipaddress.ip_network(network) for network in networks]

    def takes(text: str | None) -> bool:
        address = parse_address(text)
        return address is not None and any(address in network for network in wanted)

    return takes


def parse_address(text: str | None) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    """Return the address that *text* is; one of IPv4 inside IPv6 as what it is."""
    try:
        address = ipaddress.ip_address((text or "").strip())
    except ValueError:
        return None
    return address.ipv4_mapped or address if isinstance(address, ipaddress.IPv6Address) else address


def _is_grpc(text: str | None) -> bool:
    """Return whether a content type is one of gRPC or gRPC-Web."""
    return text is not None and (text in _GRPC or text.startswith(_GRPC_WITH_MORE))
