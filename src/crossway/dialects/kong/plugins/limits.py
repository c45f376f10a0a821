"""Plugins that bound what a client may take or come from: rate-limiting, request-size-limiting, ip-restriction ...

https://developer.konghq.com/plugins/?category=traffic-control
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Any, Final, Literal

from crossway.dialects.contract import Ignored, Mapped, Refused
from crossway.dialects.kong.entity import only, trouble
from crossway.dialects.kong.plugin import Config, Kind, Plugin, Said
from crossway.memo import Read
from crossway.model import Unit

_REDIS: Final = "the Redis that Crossway counts in is named where it is started"
_UNITS: Final = ("second", "minute", "hour", "day", "month", "year")
Limit = Annotated[float | None, Mapped("rate_limit.limit")]


class RateLimitingConfig(Config):
    """rate-limiting."""

    second: Limit = None
    minute: Limit = None
    hour: Limit = None
    day: Limit = None
    month: Limit = None
    year: Limit = None
    limit_by: Annotated[
        Literal["consumer", "credential", "ip", "service", "header", "path", "consumer-group"], Mapped("rate_limit.by")
    ] = "consumer"
    header_name: Annotated[str | None, Mapped("rate_limit.by")] = None
    path: Annotated[str | None, Mapped("rate_limit.by")] = None
    policy: Annotated[Literal["local", "cluster", "redis"], Mapped("rate_limit.scope, rate_limit.exact")] = "local"
    fault_tolerant: Annotated[bool, Mapped("rate_limit.on_failure")] = True
    hide_client_headers: Annotated[bool, Mapped("rate_limit.headers")] = False
    error_code: Annotated[int, Mapped("rate_limit.status")] = 429
    error_message: Annotated[str | None, Ignored("the status says it; error_pages shapes the body")] = None
    sync_rate: Annotated[Any, Ignored("proxies and control plane agree by themselves")] = None
    redis: Annotated[Any, Ignored(_REDIS)] = None
    redis_host: Annotated[Any, Ignored(_REDIS)] = None
    redis_port: Annotated[Any, Ignored(_REDIS)] = None
    redis_password: Annotated[Any, Ignored(_REDIS)] = None
    redis_username: Annotated[Any, Ignored(_REDIS)] = None
    redis_ssl: Annotated[Any, Ignored(_REDIS)] = None
    redis_ssl_verify: Annotated[Any, Ignored(_REDIS)] = None
    redis_server_name: Annotated[Any, Ignored(_REDIS)] = None
    redis_timeout: Annotated[Any, Ignored(_REDIS)] = None
    redis_database: Annotated[Any, Ignored(_REDIS)] = None


class RateLimiting(Plugin):
    """rate-limiting."""

    config: RateLimitingConfig = RateLimitingConfig()


def _rate_limiting(_: Read, plugin: RateLimiting) -> Said:
    config = plugin.config
    limits = [f"{number}/{unit}" for unit, number in _reachable(config)]
    if not limits:
        closed = trouble(
            "field.missing", "a limit is said for one of second, minute, hour, day, month, year", ("config",)
        )
        return Said(findings=(closed,), closed=closed)
    policy: dict[str, object] = {"limit": limits[0] if len(limits) == 1 else limits}
    match config.limit_by:
        case "consumer" | "credential":
            policy["by"] = "consumer"
        case "ip":
            policy["by"] = "client_ip"
        case "header" if config.header_name:
            policy["by"] = {"header": config.header_name.lower()}
        case "path":
            policy["by"] = "path"
        case _:
            closed = trouble(
                "dialect.refused", f"requests are not counted by {config.limit_by}", ("config", "limit_by")
            )
            return Said(findings=(closed,), closed=closed)
    match config.policy:
        case "cluster":
            policy["scope"] = "fleet"
        case "redis":
            policy["exact"] = True
            if not config.fault_tolerant:
                policy["on_failure"] = "deny"
    if config.hide_client_headers:
        policy["headers"] = False
    if config.error_code != 429 and config.policy != "redis":
        policy["status"] = config.error_code
    return Said({"rate_limit": policy})


def _reachable(config: RateLimitingConfig) -> Iterator[tuple[Unit, int]]:
    """Yield the limits that requests can come up against: no other one allows as few, at once and over time."""
    said = [(Unit(unit), int(number)) for unit in _UNITS if (number := getattr(config, unit)) is not None]
    for unit, number in said:
        others = ((other, few) for other, few in said if other is not unit)
        if not any(few <= number and few * unit.seconds <= number * other.seconds for other, few in others):
            yield unit, number


class RequestSizeConfig(Config):
    """request-size-limiting."""

    allowed_payload_size: Annotated[int, Mapped("request_limit.body")] = 128
    size_unit: Annotated[Literal["megabytes", "kilobytes", "bytes"], Mapped("request_limit.body")] = "megabytes"
    require_content_length: Annotated[bool, Ignored("a body without a length is cut off where it is too long")] = False


class RequestSize(Plugin):
    """request-size-limiting."""

    config: RequestSizeConfig = RequestSizeConfig()


def _request_size(_: Read, plugin: RequestSize) -> Said:
    unit = {"megabytes": "MiB", "kilobytes": "KiB", "bytes": "B"}[plugin.config.size_unit]
    return Said({"request_limit": f"{plugin.config.allowed_payload_size}{unit}"})


class IpConfig(Config):
    """ip-restriction."""

    allow: Annotated[tuple[str, ...], Mapped("ip_filter.allow")] = ()
    deny: Annotated[tuple[str, ...], Mapped("ip_filter.deny")] = ()
    whitelist: Annotated[tuple[str, ...], Mapped("ip_filter.allow")] = ()
    blacklist: Annotated[tuple[str, ...], Mapped("ip_filter.deny")] = ()
    status: Annotated[int | None, Ignored("whoever may not come in gets 403")] = None
    message: Annotated[str | None, Ignored("the status says it; error_pages shapes the body")] = None


class IpRestriction(Plugin):
    """ip-restriction."""

    config: IpConfig = IpConfig()


def _ip_restriction(_: Read, plugin: IpRestriction) -> Said:
    config = plugin.config
    policy = {"allow": list(config.allow or config.whitelist), "deny": list(config.deny or config.blacklist)}
    policy = {name: networks for name, networks in policy.items() if networks}
    if not policy:
        closed = trouble("field.missing", "ip-restriction has allow, or deny", ("config",))
        return Said(findings=(closed,), closed=closed)
    return Said({"ip_filter": policy})


class BotConfig(Config):
    """bot-detection."""

    allow: Annotated[tuple[str, ...], Mapped("bot_filter.allow")] = ()
    deny: Annotated[tuple[str, ...], Mapped("bot_filter.deny")] = ()
    whitelist: Annotated[tuple[str, ...], Mapped("bot_filter.allow")] = ()
    blacklist: Annotated[tuple[str, ...], Mapped("bot_filter.deny")] = ()


class BotDetection(Plugin):
    """bot-detection."""

    config: BotConfig = BotConfig()


def _bot_detection(_: Read, plugin: BotDetection) -> Said:
    config = plugin.config
    policy: dict[str, object] = {}
    if denied := config.deny or config.blacklist:
        policy["deny"] = [{"group": "scanners"}, {"group": "scrapers"}, *map(_agent, denied)]
    if allowed := config.allow or config.whitelist:
        policy["allow"] = [_agent(text) for text in allowed]
    return Said({"bot_filter": policy})


def _agent(pattern: str) -> dict[str, str]:
    """Return a user agent in which *pattern* occurs."""
    return {"regex": f".*(?:{pattern}).*"}


class TerminationConfig(Config):
    """request-termination."""

    status_code: Annotated[int, Mapped("routes.respond.status")] = 503
    message: Annotated[str | None, Mapped("routes.respond.body")] = None
    body: Annotated[str | None, Mapped("routes.respond.body")] = None
    content_type: Annotated[str | None, Mapped("routes.respond.content_type")] = None
    echo: Annotated[bool, only(False, "an answer cannot repeat the request"), Mapped("routes.respond")] = False
    trigger: Annotated[str | None, Refused("an answer cannot depend on a header")] = None


class Termination(Plugin):
    """request-termination."""

    config: TerminationConfig = TerminationConfig()


_MESSAGES: Final = {401: "Unauthorized", 403: "Forbidden", 404: "Not found", 500: "An unexpected error occurred"}


def _termination(_: Read, plugin: Termination) -> Said:
    config = plugin.config
    if config.body is not None:
        content = config.content_type or "application/json; charset=utf-8"
        return Said(respond={"status": config.status_code, "body": config.body, "content_type": content})
    message = config.message or _MESSAGES.get(config.status_code, "Service unavailable")
    body = f'{{"message":"{message}"}}'
    return Said(respond={"status": config.status_code, "body": body, "content_type": "application/json"})


KINDS: Final[tuple[Kind[Any], ...]] = (
    Kind("rate-limiting", RateLimiting, _rate_limiting),
    Kind("request-size-limiting", RequestSize, _request_size),
    Kind("ip-restriction", IpRestriction, _ip_restriction),
    Kind("bot-detection", BotDetection, _bot_detection),
    Kind("request-termination", Termination, _termination),
)
