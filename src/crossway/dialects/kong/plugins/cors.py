"""cors: which pages of other origins may read answers.

https://developer.konghq.com/plugins/cors/
"""

from __future__ import annotations

import re
from typing import Annotated, Any, Final

from crossway.dialects.contract import Ignored, Mapped
from crossway.dialects.kong.entity import only
from crossway.dialects.kong.plugin import Config, Kind, Plugin, Said
from crossway.memo import Read

_REGEX: Final = re.compile(r"[^A-Za-z0-9.:/-]")
"""A character that makes an origin a regular expression."""
_METHODS: Final = ("GET", "HEAD", "PUT", "PATCH", "POST", "DELETE", "OPTIONS", "TRACE", "CONNECT")


class CorsConfig(Config):
    """cors."""

    origins: Annotated[tuple[str, ...] | None, Mapped("cors.origins")] = None
    methods: Annotated[tuple[str, ...] | None, Mapped("cors.methods")] = None
    headers: Annotated[tuple[str, ...] | None, Mapped("cors.headers")] = None
    exposed_headers: Annotated[tuple[str, ...] | None, Mapped("cors.expose_headers")] = None
    max_age: Annotated[float | None, Mapped("cors.max_age")] = None
    credentials: Annotated[bool, Mapped("cors.credentials")] = False
    private_network: Annotated[bool, Mapped("cors.private_network")] = False
    preflight_continue: Annotated[
        bool, only(False, "preflights are answered by the gateway, and never by a backend"), Mapped("cors")
    ] = False
    allow_origin_absent: Annotated[bool, Ignored("an answer to a request without an origin is marked for nobody")] = (
        True
    )


class Cors(Plugin):
    """cors."""

    config: CorsConfig = CorsConfig()


def _cors(_: Read, plugin: Cors) -> Said:
    config = plugin.config
    origins = [_origin(text) for text in config.origins or ("*",)]
    policy: dict[str, object] = {
        "origins": "*" if "*" in origins else origins,
        "methods": list(config.methods or _METHODS),
        "headers": list(config.headers) if config.headers else ["*"],
    }
    if config.exposed_headers:
        policy["expose_headers"] = list(config.exposed_headers)
    if config.max_age is not None:
        policy["max_age"] = f"{int(config.max_age)}s"
    if config.credentials:
        policy["credentials"] = True
    if config.private_network:
        policy["private_network"] = True
    return Said({"cors": policy})


def _origin(text: str) -> str:
    if text == "*" or not _REGEX.search(text):
        return text
    return f"~{text.removeprefix('^').removesuffix('$')}"


KINDS: Final[tuple[Kind[Any], ...]] = (Kind("cors", Cors, _cors),)
