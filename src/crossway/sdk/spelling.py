"""What declarations in Python say, in the words of the configuration."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Final

from crossway.sdk.declared import Declared, Place, Plain, plain
from crossway.sdk.http import Response

_METHODS: Final = re.compile(r"(?P<methods>[A-Za-z]+(?:[|,][A-Za-z]+)*)\s+(?P<path>\S.*)")


def plain_settings(settings: object) -> Plain:
    """Return the settings of a plugin, which may be its pydantic model, as plain data."""
    dump = getattr(settings, "model_dump", None)
    return plain(dump(mode="json", exclude_unset=True) if dump is not None else settings)


def governed(
    gateway: Declared, policies: Mapping[str, Plain], places: Mapping[tuple[str | int, ...], Place]
) -> Declared:
    """Return *gateway* with *policies*, of which it may have some of its own."""
    own = gateway.settings.get("policies", {})
    assert isinstance(own, dict)
    settings: dict[str, Plain] = {**gateway.settings, "policies": {**policies, **own}}
    return Declared(gateway.kind, gateway.name, settings, {**places, **gateway.places})


def split_match(match: str) -> tuple[list[str], str]:
    """Return the methods and the path of ``GET /users/{id}``."""
    found = _METHODS.fullmatch(match.strip())
    return (re.split("[|,]", found["methods"]), found["path"]) if found else ([], match.strip())


def condition(match: str) -> dict[str, object]:
    """Return the condition on a request that ``GET /users/{id}`` says."""
    methods, path = split_match(match)
    return {"path": path, "methods": methods} if methods else {"path": path}


def slug(matches: Sequence[str]) -> str:
    """Return the name of a route that nobody named: of its first match alone."""
    words = re.findall(r"[A-Za-z0-9_.]+", matches[0].lower()) if matches else []
    return "-".join(words).strip("._-") or "root"


def reached(endpoints: object) -> dict[str, object]:
    """Return the settings of a service in one line: a URL stands for what the reader would make of it."""
    url = re.fullmatch(r"(?P<scheme>https?|h2c)://(?P<host>\[[^\]]+\]|[^:/?#]+)(?::(?P<port>\d+))?/?", str(endpoints))
    if not isinstance(endpoints, str) or url is None:
        return {"endpoints": endpoints}
    port = url["port"] or ("443" if url["scheme"] == "https" else "80")
    settings: dict[str, object] = {"endpoints": [f"{url['host']}:{port}"]}
    if url["scheme"] == "https":
        return {**settings, "tls": {"sni": url["host"].strip("[]")}, "protocol": "auto"}
    return {**settings, "protocol": "http2"} if url["scheme"] == "h2c" else settings


def target(to: object) -> dict[str, object]:
    """Return the fields of a route that say where it leads."""
    match to:
        case None:
            return {}
        case Response():
            return {"respond": _fixed(to)}
        case list() | tuple():
            return {"to": [_backend(each) for each in to]}
        case _:
            return {"to": _backend(to)}


def _backend(to: object) -> object:
    match to:
        case (service, int(weight)):
            return {"service": plain(service), "weight": weight}
        case _:
            return plain(to)


def _fixed(response: Response) -> dict[str, object]:
    fields = dict(response.headers.items())
    fields.pop("content-length", None)
    settings: dict[str, object] = {"status": response.status, "body": response.text}
    if (content_type := fields.pop("content-type", None)) is not None:
        settings["content_type"] = content_type
    if fields:
        raise ValueError(
            f"a fixed response has no header but content-type: set {', '.join(fields)} by the policy headers"
        )
    return settings
