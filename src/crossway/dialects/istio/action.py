"""What becomes of requests: the action and the policies of a rule of a VirtualService, in the words of the model."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Final

from crossway.dialects.istio.destination import resolve
from crossway.dialects.istio.objects import RETRY, Destination, StringMatch
from crossway.dialects.istio.virtual_service import (
    CorsPolicy,
    HeaderOperations,
    Headers,
    HTTPFault,
    HTTPRedirect,
    HTTPRetry,
    HTTPRewrite,
    HTTPRoute,
    HTTPRouteDestination,
    Percent,
    RouteDestination,
)
from crossway.dialects.kubernetes.service import service_name
from crossway.memo import Read

_FORMAT: Final = re.compile(r"%[A-Z_]+(?:\([^)]*\))?(?::\d+)?%")
_UNAVAILABLE: Final = 503
_BRACES: Final = re.compile(r"\{([a-z_]+)\}")
_RETRY_NAMES: Final = {
    "connect-failure": "connect_failure",
    "refused-stream": "refused_stream",
    "reset": "reset",
    "reset-before-request": "reset_before_request",
    "gateway-error": "gateway_error",
    "5xx": "5xx",
    "retriable-4xx": "retriable_4xx",
    "cancelled": "cancelled",
    "deadline-exceeded": "deadline_exceeded",
    "internal": "internal",
    "resource-exhausted": "resource_exhausted",
    "unavailable": "unavailable",
    "http3-post-connect-failure": "http3_post_connect_failure",
}


class Rule:
    """Translates one rule, for a route in the namespace *within*. What cannot be said gathers in `wrong`.

    Hosts without a dot are those of *namespace*, where the rule is written.
    """

    def __init__(self, read: Read, namespace: str, within: str) -> None:
        self._read = read
        self._namespace = namespace
        self._within = within
        self.wrong: list[tuple[str, str]] = []
        """Pairs of a field of the rule and what is wrong with it."""

    def action(self, rule: HTTPRoute) -> dict[str, object]:
        """Return the action of a rule; an empty one where nothing that it says can be done."""
        if rule.redirect is not None:
            return {"redirect": self._redirect(rule.redirect)}
        if rule.direct_response is not None:
            body = rule.direct_response.body.string
            return {"respond": {"status": rule.direct_response.status, **({"body": body} if body else {})}}
        backends = list(self.backends(rule.route))
        return {"to": backends[0] if len(backends) == 1 and isinstance(backends[0], str) else backends}

    def backends(
        self, routes: tuple[HTTPRouteDestination | RouteDestination, ...]
    ) -> Iterator[str | dict[str, object]]:
        """Yield the backends with their shares. A destination that nobody knows answers 503, as it does in Istio."""
        for item in routes:
            backend: dict[str, object] = {}
            service = self.service(item.destination)
            if service is not None:
                backend["service"] = service
            else:
                backend["status"] = _UNAVAILABLE
            if len(routes) > 1:
                backend["weight"] = item.weight or 0
            if isinstance(item, HTTPRouteDestination) and item.headers is not None:
                if edits := self._headers(item.headers):
                    backend["policies"] = {"headers": edits}
                if host := self._host(item.headers):
                    backend.setdefault("policies", {})["rewrite"] = {"host": host}  # type: ignore[index]
            yield str(backend["service"]) if set(backend) == {"service"} else backend

    def service(self, destination: Destination) -> str | None:
        """Return what a route calls the service of a destination; `None` if there is none."""
        found = resolve(self._read, destination, self._namespace)
        if isinstance(found, str):
            self.wrong.append(("route", found))
            return None
        return service_name(found, self._within)

    def policies(self, rule: HTTPRoute) -> dict[str, object]:
        """Return the policies of a rule."""
        policies: dict[str, object] = {}
        if rule.headers is not None and (edits := self._headers(rule.headers)):
            policies["headers"] = edits
        host = self._host(rule.headers) if rule.headers is not None else ""
        if rule.rewrite is not None or host:
            policies["rewrite"] = {**self._rewrite(rule), **({"host": host} if host else {})}
        timeout = {"request": rule.timeout, "backend": rule.retries.per_try_timeout if rule.retries else None}
        if limits := {name: length for name, length in timeout.items() if length}:
            policies["timeout"] = limits
        if rule.retries is not None:
            policies["retry"] = self._retry(rule.retries)
        if rule.fault is not None:
            policies["fault"] = self._fault(rule.fault)
        if copies := list(self._copies(rule)):
            policies["mirror"] = copies[0] if len(copies) == 1 and isinstance(copies[0], str) else {"copies": copies}
        if rule.cors_policy is not None:
            policies["cors"] = self._cors(rule.cors_policy)
        return policies

    def _redirect(self, redirect: HTTPRedirect) -> dict[str, object]:
        said: dict[str, object] = {"scheme": redirect.scheme, "hostname": redirect.authority, "port": redirect.port}
        if redirect.uri and redirect.uri.startswith("%PREFIX()%"):
            said["path_prefix"] = redirect.uri.removeprefix("%PREFIX()%") or "/"
        else:
            said["path"] = redirect.uri
        said = {name: value for name, value in said.items() if value}
        return said if redirect.redirect_code == 302 else {**said, "status": redirect.redirect_code}

    def _headers(self, headers: Headers) -> dict[str, object]:
        both = (("request", headers.request), ("response", headers.response))
        return {name: edits for name, operations in both if (edits := dict(self._edits(operations)))}

    def _edits(self, operations: HeaderOperations) -> Iterator[tuple[str, object]]:
        for name, values in (("set", operations.set), ("add", operations.add)):
            kept = {
                key: self._text(value) for key, value in values.items() if key.lower() not in ("host", ":authority")
            }
            if kept:
                yield name, kept
        if operations.remove:
            yield "remove", list(operations.remove)

    def _host(self, headers: Headers) -> str:
        """Return the host that the operations set: it is a header to Istio, and a rewrite to the model."""
        named = {key.lower(): value for key, value in headers.request.set.items()}
        return named.get("host", named.get(":authority", ""))

    def _text(self, value: str) -> str:
        """Return a literal value of a header."""
        if _FORMAT.search(value):
            self.wrong.append(("headers", f"{value} is computed by Envoy; a value of a header is text"))
        return _BRACES.sub(r"{{\1}}", value.replace("%%", "%"))

    def _rewrite(self, rule: HTTPRoute) -> dict[str, object]:
        rewrite = rule.rewrite or HTTPRewrite()
        said: dict[str, object] = {}
        if rewrite.uri_regex_rewrite is not None:
            regex = rewrite.uri_regex_rewrite
            said["regex"] = {"pattern": regex.match, "replacement": regex.rewrite}
        elif rewrite.uri:
            exact = any(match.uri is not None and match.uri.prefix is None for match in rule.match)
            said["path" if exact else "path_prefix"] = rewrite.uri
        if rewrite.authority:
            said["host"] = rewrite.authority
        return said

    def _retry(self, retry: HTTPRetry) -> object:
        if retry.attempts == 0:
            return 0
        conditions: list[str | int] = []
        for word in retry.retry_on.split(",") if retry.retry_on else ():
            name = word.strip()
            if name.isdigit() or name in _RETRY_NAMES:
                conditions.append(int(name) if name.isdigit() else _RETRY_NAMES[name])
            elif name not in ("retriable-status-codes", "retriable-headers", "envoy-ratelimited"):
                self.wrong.append(("retries", f"{name!r} is no condition for a retry"))
        said = {**RETRY, "attempts": retry.attempts, **({"on": conditions} if conditions else {})}
        if retry.backoff:
            said["back_off"] = {"base": retry.backoff}
        if retry.retry_remote_localities is not None:
            said["other_priority"] = retry.retry_remote_localities
        if retry.retry_ignore_previous_hosts is not None:
            said["other_host"] = retry.retry_ignore_previous_hosts
        return said

    def _fault(self, fault: HTTPFault) -> dict[str, object]:
        said: dict[str, object] = {}
        if fault.delay is not None:
            share = fault.delay.percentage.value if fault.delay.percentage else fault.delay.percent
            said["delay"] = {"duration": fault.delay.fixed_delay, **_percentage(share)}
        if fault.abort is not None:
            share = fault.abort.percentage.value if fault.abort.percentage else None
            status: dict[str, object] = {"status": fault.abort.http_status}
            if fault.abort.grpc_status:
                number = _GRPC_STATUS.get(fault.abort.grpc_status.upper())
                if number is None:
                    self.wrong.append(("fault", f"{fault.abort.grpc_status} is no status of gRPC"))
                status = {"grpc_status": number or 2}
            said["abort"] = {**status, **_percentage(share)}
        return said

    def _copies(self, rule: HTTPRoute) -> Iterator[str | dict[str, object]]:
        copies = [(mirror.destination, mirror.percentage) for mirror in rule.mirrors]
        if rule.mirror is not None:
            percent = Percent(value=rule.mirror_percent) if rule.mirror_percent is not None else None
            copies.insert(0, (rule.mirror, rule.mirror_percentage or percent))
        for destination, share in copies:
            service = self.service(destination)
            if service is not None:
                yield service if share is None else {"to": service, "percent": share.value}

    def _cors(self, cors: CorsPolicy) -> dict[str, object]:
        said: dict[str, object] = {
            "origins": [*map(_origin, cors.allow_origins), *cors.allow_origin],
            "methods": list(cors.allow_methods),
            "headers": list(cors.allow_headers),
            "expose_headers": list(cors.expose_headers),
            "max_age": cors.max_age,
            "credentials": cors.allow_credentials,
        }
        return {name: value for name, value in said.items() if value}


def _percentage(share: float | None) -> dict[str, float]:
    return {} if share is None else {"percentage": share}


def _origin(match: StringMatch) -> str:
    said: Mapping[str, object] = match.condition
    if "exact" in said:
        return str(said["exact"])
    return f"~{re.escape(str(said['prefix']))}.*" if "prefix" in said else f"~{said.get('regex', '.*')}"


_GRPC_STATUS: Final = MappingProxyType(
    {
        "CANCELLED": 1,
        "UNKNOWN": 2,
        "INVALID_ARGUMENT": 3,
        "DEADLINE_EXCEEDED": 4,
        "NOT_FOUND": 5,
        "ALREADY_EXISTS": 6,
        "PERMISSION_DENIED": 7,
        "RESOURCE_EXHAUSTED": 8,
        "FAILED_PRECONDITION": 9,
        "ABORTED": 10,
        "OUT_OF_RANGE": 11,
        "UNIMPLEMENTED": 12,
        "INTERNAL": 13,
        "UNAVAILABLE": 14,
        "DATA_LOSS": 15,
        "UNAUTHENTICATED": 16,
    }
)
"""https://grpc.io/docs/guides/status-codes/"""
