"""Mutations: the edits of headers that a compiled route carries, in the order in which Envoy makes them.

Of each level (route, then virtual host, then table) the removals go first; then all values are worked out, from the
headers as they are at that moment; then what replaces, then what is added.
https://www.envoyproxy.io/docs/envoy/v1.39.3/configuration/http/http_conn_man/headers#custom-request-response-headers
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from crossway.protos.envoy.config.core import v3 as core_v3
from crossway.simulation.arrival import Arrival

_COMMAND: Final = re.compile(r"%%|%(?P<name>[A-Z_]+)(?:\((?P<argument>[^)]*)\))?%")
_Option = core_v3.HeaderValueOption


@dataclass(frozen=True, slots=True)
class Scene:
    """What the variables in the value of a header stand for."""

    arrival: Arrival
    route: str
    service: str
    """The service that was chosen; empty where none was."""

    def text(self, template: str, headers: Mapping[str, str], path: str) -> str:
        """Return what *template*, in Envoy's substitution format, comes to; what nobody can know stands in <>."""
        return _COMMAND.sub(lambda found: self._value(found["name"], found["argument"] or "", headers, path), template)

    def _value(self, name: str | None, argument: str, headers: Mapping[str, str], path: str) -> str:
        match name:
            case None:
                return "%"
            case "DOWNSTREAM_REMOTE_ADDRESS_WITHOUT_PORT":
                return self.arrival.client_ip or "<client ip>"
            case "REQ":
                return self._header(argument.lower(), headers)
            case "PATH":
                return path.partition("?")[0]
            case "ROUTE_NAME":
                return self.route
            case "UPSTREAM_CLUSTER":
                return self.service
        return f"<{name.lower()}>"

    def _header(self, names: str, headers: Mapping[str, str]) -> str:
        for name in names.split("?:"):
            if name == ":method":
                return self.arrival.method
            value = headers.get("host" if name in (":authority", "authority") else name)
            if value is not None:
                return value
        return ""


def mutate(
    headers: dict[str, str],
    removed: Iterable[str],
    added: Iterable[core_v3.HeaderValueOption],
    text: Callable[[str], str],
) -> None:
    """Make the edits of one level in *headers*; *text* works a value out."""
    for name in removed:
        headers.pop(name.lower(), None)
    replacing: list[tuple[str, str]] = []
    adding: list[tuple[str, str]] = []
    for option in added:
        name, value = option.header.key.lower(), text(option.header.value)
        if not value and not option.keep_empty_value:
            continue
        there = name in headers
        match option.append_action:
            case _Option.APPEND_IF_EXISTS_OR_ADD:
                adding.append((name, value))
            case _Option.ADD_IF_ABSENT if not there:
                adding.append((name, value))
            case _Option.OVERWRITE_IF_EXISTS_OR_ADD:
                replacing.append((name, value))
            case _Option.OVERWRITE_IF_EXISTS if there:
                replacing.append((name, value))
    headers.update(replacing)
    for name, value in adding:
        headers[name] = f"{headers[name]},{value}" if name in headers else value


def in_words(removed: Iterable[str], added: Iterable[core_v3.HeaderValueOption]) -> tuple[str, ...]:
    """Return the edits of one level as phrases, for headers of which the values are not known."""
    verbs = {
        _Option.APPEND_IF_EXISTS_OR_ADD: "add",
        _Option.ADD_IF_ABSENT: "add if absent",
        _Option.OVERWRITE_IF_EXISTS_OR_ADD: "set",
        _Option.OVERWRITE_IF_EXISTS: "replace",
    }
    additions = (f"{verbs[option.append_action]} {option.header.key}: {option.header.value}" for option in added)
    return (*(f"remove {name}" for name in removed), *additions)
