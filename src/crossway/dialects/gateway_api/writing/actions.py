"""Policies and redirects: which filters, time-outs and the like of Gateway API say them.

What none of these says exactly is left for a `crossway.dev/Policies`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any, Final, NamedTuple

from pydantic import ValidationError

from crossway.dialects.gateway_api.action import SessionPersistence
from crossway.dialects.gateway_api.http_route import Retry
from crossway.dialects.gateway_api.writing.gateways import is_hostname
from crossway.dialects.gateway_api.writing.objects import Draft, Root
from crossway.model import Redirect, Ref, parse_duration

_TIME: Final = re.compile(r"([0-9]{1,5}(h|m|s|ms)){1,4}")
_VARIABLE: Final = re.compile(r"(?<!\{)\{[a-z_]+\}(?!\})")
_ESCAPED: Final = re.compile(r"\{\{([a-z_]+)\}\}")
_SAFE: Final = re.compile(r"[a-z0-9-]+")


class Where(NamedTuple):
    """Where the policies hold that are written."""

    draft: Draft
    route: Ref
    kind: str
    """The kind of the route: only an HTTPRoute has all of it."""
    by_prefix: bool
    """Whether there is one match, by prefix: Gateway API replaces no other prefix."""


class Said(NamedTuple):
    """What says a policy: filters, or fields of the rule."""

    filters: tuple[Root, ...] = ()
    fields: Mapping[str, object] = {}


Say = Callable[[Any, Where], Said | None]


def say(name: str, policy: object, where: Where) -> Said | None:
    """Return what says *policy*, in its native form; `None` if nothing does."""
    known = _SAYING.get(name)
    return known(policy, where) if known and (where.kind == "HTTPRoute" or name in _OF_GRPC) else None


def redirect(part: Redirect, where: Where) -> Root | None:
    """Return the filter for a redirect; `None` if none says it."""
    if not part.keep_query or (part.path_prefix is not None and not where.by_prefix):
        return None
    said: Root = {"scheme": part.scheme, "hostname": part.hostname, "path": _path(part.path, part.path_prefix)}
    said |= {"port": part.port, "statusCode": part.status}
    return {
        "type": "RequestRedirect",
        "requestRedirect": {name: value for name, value in said.items() if value is not None},
    }


def _path(path: str | None, prefix: str | None) -> Root | None:
    if path is not None:
        return {"type": "ReplaceFullPath", "replaceFullPath": path}
    return None if prefix is None else {"type": "ReplacePrefixMatch", "replacePrefixMatch": prefix}


def headers(policy: object, _: Where) -> Said | None:
    """Return the filters for changes of headers."""
    if not isinstance(policy, Mapping) or not policy.keys() <= {"request", "response"}:
        return None
    filters = []
    for direction, edits in policy.items():
        said = _edits(edits)
        if said is None:
            return None
        word = f"{direction}HeaderModifier"
        filters.append({"type": word[0].upper() + word[1:], word: said})
    return Said(tuple(filters))


def _edits(edits: object) -> Root | None:
    if not isinstance(edits, Mapping) or not edits or not edits.keys() <= {"set", "add", "remove"}:
        return None
    said: Root = {}
    for action in ("set", "add"):
        values = edits.get(action, {})
        if not isinstance(values, Mapping) or not all(isinstance(value, str) for value in values.values()):
            return None
        if any(_VARIABLE.search(value) or not _SAFE.fullmatch(name) for name, value in values.items()):
            return None
        if values:
            said[action] = [{"name": name, "value": _ESCAPED.sub(r"{\1}", value)} for name, value in values.items()]
    if edits.get("remove"):
        said["remove"] = edits["remove"]
    return said


def _rewrite(policy: object, where: Where) -> Said | None:
    if not isinstance(policy, Mapping) or not policy.keys() <= {"host", "path", "path_prefix"}:
        return None
    said: Root = {}
    host = policy.get("host")
    if host is not None:
        host = host["literal"] if isinstance(host, Mapping) and list(host) == ["literal"] else host
        if not isinstance(host, str) or not is_hostname(host) or host == policy["host"] == "backend":
            return None
        said["hostname"] = host
    path = _path(policy.get("path"), policy.get("path_prefix"))
    if path is not None:
        if "replacePrefixMatch" in path and not where.by_prefix:
            return None
        said["path"] = path
    return Said(({"type": "URLRewrite", "urlRewrite": said},))


def _mirror(policy: object, where: Where) -> Said | None:
    copies = policy.get("copies") if isinstance(policy, Mapping) and list(policy) == ["copies"] else policy
    filters = []
    for copy in copies if isinstance(copies, list | tuple) else [copies]:
        said: Mapping[str, Any] = {"to": copy} if isinstance(copy, str) else copy if isinstance(copy, Mapping) else {}
        if not said.keys() <= {"to", "percent"} or not isinstance(said.get("to"), str):
            return None
        backend = backend_ref(where, Ref.parse("services", said["to"], where.route.namespace))
        percent = said.get("percent")
        if backend is None or (percent is not None and type(percent) is not int):
            return None
        mirror = {"backendRef": backend, **({} if percent is None else {"percent": percent})}
        filters.append({"type": "RequestMirror", "requestMirror": mirror})
    return Said(tuple(filters))


def backend_ref(where: Where, service: Ref) -> Root | None:
    """Return what names *service*; `None` if there is no such entry."""
    draft = where.draft
    if service not in draft.ways:
        return None
    made = draft.reference(service, "", "Service", (where.kind, where.route.namespace))
    if draft.is_own(service):
        return made
    port = port_of(draft, service)
    return None if port is None else {**made, "port": port}


def port_of(draft: Draft, service: Ref) -> int | None:
    """Return the port of the Service that stands for *service*."""
    endpoints = getattr(draft.part(service), "endpoints", ())
    return endpoints[0].port if endpoints and endpoints[0].pipe is None else None


_CORS: Final = {
    "origins": "allowOrigins",
    "methods": "allowMethods",
    "headers": "allowHeaders",
    "expose_headers": "exposeHeaders",
    "credentials": "allowCredentials",
    "max_age": "maxAge",
}


def _cors(policy: object, _: Where) -> Said | None:
    said = policy if isinstance(policy, Mapping) else {"origins": policy}
    origins = [said["origins"]] if isinstance(said.get("origins"), str) else said.get("origins")
    if not said.keys() <= _CORS.keys() or not isinstance(origins, list) or any(text[:1] == "~" for text in origins):
        return None
    made: Root = {_CORS[name]: value for name, value in said.items()} | {"allowOrigins": origins}
    if "max_age" in said:
        age = parse_duration(said["max_age"])
        if age < timedelta(seconds=1):
            return None
        made["maxAge"] = age // timedelta(seconds=1)
    return Said(({"type": "CORS", "cors": made},))


def _timeout(policy: object, _: Where) -> Said | None:
    said = policy if isinstance(policy, Mapping) else {"request": policy}
    times = {"request": "request", "backend": "backendRequest"}
    texts = {times.get(name): f"{value}s" if value == 0 else value for name, value in said.items()}
    if None in texts or not all(isinstance(text, str) and _TIME.fullmatch(text) for text in texts.values()):
        return None
    return Said(fields={"timeouts": texts})


def _retry(policy: object, where: Where) -> Said | None:
    """Return the field for retries. A reader of it knows what it means: `Retry.native`."""
    said = policy if isinstance(policy, Mapping) else {"attempts": policy}
    on: Any = said.get("on", [])
    back_off = said.get("back_off", {})
    made: Root = {"attempts": said.get("attempts"), "codes": [item for item in on if type(item) is int]}
    made["backoff"] = back_off.get("base") if isinstance(back_off, Mapping) else None
    field = {name: value for name, value in made.items() if value not in (None, [])}
    settings = where.draft.settings[where.route]
    timeout = settings.get("policies", {}).get("timeout") if isinstance(settings, Mapping) else None
    is_timed = isinstance(timeout, Mapping) and "backend" in timeout
    try:
        meant = Retry.model_validate(field).native(is_timed=is_timed)
    except ValidationError:
        return None
    return Said(fields={"retry": field}) if said in (meant, {"attempts": meant}) else None


def _session(policy: object, _: Where) -> Said | None:
    said = policy if isinstance(policy, Mapping) else {policy: {}}
    if list(said) == ["header"]:
        field: Root = {"type": "Header", "sessionName": said["header"]}
    elif list(said) == ["cookie"] and isinstance(said["cookie"], Mapping) and said["cookie"].keys() <= {"name", "ttl"}:
        cookie = said["cookie"]
        field = {"sessionName": cookie.get("name"), "absoluteTimeout": cookie.get("ttl"), "type": "Cookie"}
    else:
        return None
    field = {name: value for name, value in field.items() if value is not None}
    try:
        meant = SessionPersistence.model_validate(field).native()
    except ValidationError:
        return None
    return (
        Said(fields={"sessionPersistence": field}) if meant in (policy, said.get("header")) or meant == said else None
    )


_SAYING: Final[Mapping[str, Say]] = {
    "headers": headers,
    "rewrite": _rewrite,
    "mirror": _mirror,
    "cors": _cors,
    "timeout": _timeout,
    "retry": _retry,
    "session_affinity": _session,
}
_OF_GRPC: Final = frozenset({"headers", "mirror", "session_affinity"})
