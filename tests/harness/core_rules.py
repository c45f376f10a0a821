"""The regression tests of the OWASP Core Rule Set: what each sends, and which rules have to match it.

They come with the source of Debian's package `modsecurity-crs` (`tools/setup dev` fetches it), in the format of FTW.
"""

import base64
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote, urlencode

import yaml

FOLDER = Path(__file__).parents[2] / ".venv" / "core-rules"
RULES = Path("/usr/share/modsecurity-crs/rules")


@dataclass(frozen=True)
class Stage:
    """One request of a test, and what the log has to say of it."""

    title: str
    rule: int
    """The rule that the test is about."""
    matches: bool
    """Whether it has to match, or must not."""
    raw: bytes
    """The request, byte by byte."""


def stages() -> Iterator[Stage]:
    """Yield all stages that say something of a rule, in order."""
    for file in sorted(FOLDER.rglob("*.yaml")):
        for test in yaml.safe_load(file.read_bytes())["tests"]:
            for stage in test["stages"]:
                told = stage["stage"]["output"]
                for key, matches in (("log_contains", True), ("no_log_contains", False)):
                    number = str(told.get(key, "")).removeprefix("id").strip(' "')
                    if number.isdecimal():
                        yield Stage(str(test["test_title"]), int(number), matches, request(stage["stage"]["input"]))


def request(given: dict[str, Any]) -> bytes:
    """Return the request that FTW sends for *given*, over HTTP/1.1 where it says HTTP/1.0: the proxy takes no other."""
    if "encoded_request" in given:
        return base64.b64decode(given["encoded_request"])
    headers = {str(name): str(value) for name, value in (given.get("headers") or {}).items()}
    names = {name.lower(): name for name in headers}
    data = given.get("data", "")
    body = "\r\n".join(data) if isinstance(data, list) else str(data)
    if not given.get("stop_magic"):
        kind = headers.get(names.get("content-type", ""), "")
        if body and not kind:
            kind = headers["Content-Type"] = "application/x-www-form-urlencoded"
        if kind == "application/x-www-form-urlencoded" and unquote(body) == body and (pairs := parse_qsl(body, True)):
            body = urlencode(pairs)
        if body and "content-length" not in names:
            headers["Content-Length"] = str(len(body.encode()))
    lines = "".join(f"{name}: {value}\r\n" for name, value in headers.items() if name.lower() != "connection")
    uri = str(given.get("uri", "/")).replace(" ", "%20")
    return f"{given.get('method', 'GET')} {uri} HTTP/1.1\r\n{lines}Connection: close\r\n\r\n{body}".encode()
