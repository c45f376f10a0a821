"""Envoy as people configure it by hand: routes in a file of their own (RDS), in a list; policies as filters."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Final

from bench.envoy import running_envoy, tuned
from bench.machine import written
from bench.packages import Packages, Program, version
from bench.peers.peer import Apply, Peer, Policies, Running, replace
from bench.work import CONSUMERS, MEMBER, Work
from crossway.fleet.binary import envoy_binary

POLICIES: Final = Policies("api_key_auth, rbac by names for want of groups, local_ratelimit, file access log")
CONSUMER: Final = "x-consumer"
_FILTERS: Final = "type.googleapis.com/envoy.extensions.filters.http"
_ENTRY: Final = {
    "time": "%START_TIME%",
    "client": "%DOWNSTREAM_REMOTE_ADDRESS%",
    "method": "%REQ(:METHOD)%",
    "host": "%REQ(:AUTHORITY)%",
    "path": "%REQ(:PATH)%",
    "protocol": "%PROTOCOL%",
    "status": "%RESPONSE_CODE%",
    "bytes_received": "%BYTES_RECEIVED%",
    "bytes_sent": "%BYTES_SENT%",
    "duration": "%DURATION%",
    "upstream": "%UPSTREAM_HOST%",
    "upstream_duration": "%RESP(X-ENVOY-UPSTREAM-SERVICE-TIME)%",
    "consumer": f"%REQ({CONSUMER})%",
    "user_agent": "%REQ(USER-AGENT)%",
    "referer": "%REQ(REFERER)%",
    "request_id": "%REQ(X-REQUEST-ID)%",
}


@asynccontextmanager
async def _running(_: Packages, work: Work, directory: Path) -> AsyncIterator[Running]:
    routes = written(directory / "dynamic" / "routes.json", _routes(work))
    source = {"path_config_source": {"path": str(routes)}, "resource_api_version": "V3"}
    rds = {"route_config_name": "routes", "config_source": source}

    async def prepare(grown: Work) -> Apply:
        return replace(routes, _routes(grown))

    text = tuned(
        work.port,
        work.backend,
        f"rds: {json.dumps(rds)}",
        filters=() if work.limit is None else _filters(work.limit),
        access_log=() if work.limit is None else (_access_log(directory / POLICIES.log),),
    )
    async with running_envoy(text, directory) as process:
        yield Running(process, await version(Program(envoy_binary(), {}), "--version"), prepare)


def _filters(limit: int) -> list[object]:
    keys = {
        "credentials": [{"key": one.key, "client": one.name} for one in CONSUMERS],
        "key_sources": [{"header": "x-api-key"}],
        "forwarding": {"header": CONSUMER},
    }
    conditions = [
        {"header": {"name": name, "string_match": {"exact": value}}}
        for name, value in ((":method", "GET"), (CONSUMER, MEMBER.name))
    ]
    allowed = {"permissions": [{"and_rules": {"rules": conditions}}], "principals": [{"any": True}]}
    bucket = {"max_tokens": limit, "tokens_per_fill": limit, "fill_interval": "1s"}
    always = {"default_value": {"numerator": 100}}
    limited = {
        "stat_prefix": "limit",
        "token_bucket": bucket,
        "always_consume_default_token_bucket": False,
        "filter_enabled": always,
        "filter_enforced": always,
        "rate_limits": [{"actions": [{"request_headers": {"header_name": CONSUMER, "descriptor_key": "consumer"}}]}],
        "descriptors": [{"entries": [{"key": "consumer"}], "token_bucket": bucket}],
    }
    return [
        {"name": "keys", "typed_config": {"@type": f"{_FILTERS}.api_key_auth.v3.ApiKeyAuth", **keys}},
        {
            "name": "allowed",
            "typed_config": {"@type": f"{_FILTERS}.rbac.v3.RBAC", "rules": {"policies": {"member": allowed}}},
        },
        {"name": "limit", "typed_config": {"@type": f"{_FILTERS}.local_ratelimit.v3.LocalRateLimit", **limited}},
    ]


def _access_log(path: Path) -> object:
    settings = {
        "@type": "type.googleapis.com/envoy.extensions.access_loggers.file.v3.FileAccessLog",
        "path": str(path),
        "log_format": {"json_format": _ENTRY},
    }
    return {"name": "file", "typed_config": settings}


def _routes(work: Work) -> str:
    routes = [
        {"match": {"path_separated_prefix": prefix}, "route": {"cluster": "backend", "timeout": "0s"}}
        for prefix in work.prefixes()
    ]
    table = {
        "@type": "type.googleapis.com/envoy.config.route.v3.RouteConfiguration",
        "name": "routes",
        "virtual_hosts": [{"name": "host", "domains": [work.host(0)], "routes": routes}],
    }
    return json.dumps({"resources": [table]})


PEER = Peer("Envoy by hand", "RDS file, renamed", _running, POLICIES)
