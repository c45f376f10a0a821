"""The router of Kong (`traditional_compatible`): what a route matches, and which of several matching routes is taken.

Of the routes that match a request, the one with more kinds of conditions is taken (methods, hosts, headers, paths);
then one whose hosts have no `*`; then one with more headers; then one whose path is a regular expression, by
`regex_priority`; then the longest path. A route without hosts competes with those that have some: so it stands on
every hostname that another one names.

https://developer.konghq.com/gateway/routing/traditional/
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from crossway.model import hostname
from crossway.model.path import PathMatch, check_regex

REGEX: Final = "~"
_MOST_HEADERS: Final = 99
_MOST_PRIORITY: Final = 9999
_PORT: Final = re.compile(r":(\d+)$")
_TOKEN: Final = re.compile(r"\\.|\[\^?\]?(?:\\.|[^\]\\])*\]|.", re.DOTALL)
"""A character of a regular expression, an escaped one, or a set of them."""
_META: Final = re.compile(r"[\\^$.|?*+()\[\]{}]")


def priority(kinds: int, *, plain: bool, headers: int, regex_priority: int | None) -> int:
    """Return the priority of a route among those of one file, 0 for one that has nothing but a path or a method.

    Its digits are, from the left: the kinds of conditions, whether hosts are plain, two for the number of headers,
    whether the path is a regular expression, and four for the priority of that.
    """
    regex = 0 if regex_priority is None else 10_000 + min(regex_priority, _MOST_PRIORITY)
    return ((kinds - 1) * 1000 + plain * 100 + min(headers, _MOST_HEADERS)) * 100_000 + regex


def paths_alike(paths: Sequence[str]) -> list[tuple[bool, tuple[str, ...]]]:
    """Return *paths* in two parts that differ in priority: the plain ones, and the regular expressions."""
    plain = tuple(path for path in paths if not path.startswith(REGEX))
    regexes = tuple(path for path in paths if path.startswith(REGEX))
    return [(is_regex, part) for is_regex, part in ((False, plain), (True, regexes)) if part]


def whole(pattern: str) -> str:
    """Return a regular expression for whole paths that begin with what *pattern* finds at their beginning."""
    pattern = pattern.removeprefix("^").replace("(?<", "(?P<")
    if pattern.endswith("$") and not pattern.endswith(r"\$"):
        return pattern[:-1]
    if pattern.endswith(".*") and not pattern.endswith(r"\.*"):
        return pattern
    return f"{grouped(pattern)}.*"


def grouped(pattern: str) -> str:
    """Return *pattern* as one thing, whatever follows it."""
    depth = 0
    for token in _TOKEN.findall(pattern):
        depth += (token == "(") - (token == ")")
        if token == "|" and not depth:
            return f"(?:{pattern})"
    return pattern


def beginning(pattern: str) -> str:
    """Return the text that a path begins with which *pattern* matches, as far as it can be told."""
    text = _META.split(pattern.removeprefix("^"), maxsplit=1)[0]
    return text if text.startswith("/") else "/"


def trouble_of(path: str) -> str:
    """Return what is wrong with a path of a route; an empty text if nothing is."""
    try:
        if path.startswith(REGEX):
            check_regex(whole(path[1:]))
        else:
            PathMatch.model_validate({"starts_with": path})
    except ValueError as error:
        errors = getattr(error, "errors", None)
        return str(errors()[0]["msg"]).removeprefix("Value error, ") if errors else str(error)
    return ""


def split_host(host: str) -> tuple[str, str]:
    """Return the name and the port of *host*; the port is empty where there is none."""
    found = _PORT.search(host)
    return (host[: found.start()], found[1]) if found and not host.endswith("]") else (host, "")


def is_native(host: str) -> bool:
    """Return whether a hostname of the model means what *host* means."""
    return not host.endswith("*") and not split_host(host)[1]


def host_condition(hosts: Sequence[str]) -> dict[str, str]:
    """Return a condition on the header `host` that holds for *hosts*, with wildcards on either side and ports."""
    alternatives = []
    for host in hosts:
        name, port = split_host(host)
        text = re.escape(name.strip("*"))
        before = "[^:]+" if name.startswith("*") else ""
        after = "[^:]+" if name.endswith("*") else ""
        alternatives.append(f"{before}{text}{after}" + (f":{port}" if port else r"(:\d+)?"))
    pattern = alternatives[0] if len(alternatives) == 1 else f"({'|'.join(alternatives)})"
    return {"regex": f"(?i){pattern}"}


def hostnames(hosts: Sequence[str], known: Iterable[str]) -> list[str]:
    """Return the hostnames that a route with *hosts*, or with none, stands on; *known* are those of all routes.

    A request is tried against the routes of the closest hostname alone. So what says less stands there too.
    """
    known = tuple(known)
    if not hosts:
        return list(dict.fromkeys([hostname.CATCH_ALL, *known])) if known else []
    found: dict[str, None] = {}
    for host in hosts:
        name = split_host(host)[0].lower()
        if name.endswith("*"):
            found[hostname.CATCH_ALL] = None
            meant = (other for other in known if other.startswith(("*.", name[:-1])))
        else:
            found[name] = None
            meant = (other for other in known if hostname.covers(name, other))
        found |= dict.fromkeys(meant)
    return list(found)


def named_hosts(hosts: Iterable[str]) -> Iterator[str]:
    """Yield the hostnames of the model among *hosts*."""
    for host in hosts:
        name = split_host(host)[0].lower()
        if not name.endswith("*"):
            yield name
