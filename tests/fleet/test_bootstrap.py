import asyncio
import dataclasses

import grpc
import pytest

from crossway.errors import RemoteError
from crossway.fleet.account import unprivileged
from crossway.fleet.authorities import machine_authorities
from crossway.fleet.bootstrap import bootstrap
from crossway.fleet.envoy import Envoy
from crossway.fleet.validate import validate
from crossway.protos.envoy.service.discovery import v3 as discovery
from fleet.conftest import DEADLINE, Recorder, running, until


def test_equal_options_give_equal_bytes(options):
    first, second = (bootstrap(options).SerializeToString(deterministic=True) for _ in range(2))
    assert first == second


def test_envoy_accepts_it_with_every_option_set(options):
    full = dataclasses.replace(options, authorities=machine_authorities(), region="eu", zone="eu-1", json_log=True)
    assert validate(bootstrap(options)) is None
    assert validate(bootstrap(full)) is None


class EmptyControlPlane:
    """A delta ADS server that has nothing to give, and says so; it keeps the first request of each type."""

    def __init__(self) -> None:
        self.asked: dict[str, discovery.DeltaDiscoveryRequest] = {}

    async def stream(self, requests, _context):
        async for request in requests:
            if request.type_url not in self.asked:
                self.asked[request.type_url] = request
                yield discovery.DeltaDiscoveryResponse(type_url=request.type_url, nonce="1")

    def handler(self) -> grpc.GenericRpcHandler:
        method = grpc.stream_stream_rpc_method_handler(
            self.stream,
            request_deserializer=discovery.DeltaDiscoveryRequest.FromString,
            response_serializer=discovery.DeltaDiscoveryResponse.SerializeToString,
        )
        service = "envoy.service.discovery.v3.AggregatedDiscoveryService"
        return grpc.method_handlers_generic_handler(service, {"DeltaAggregatedResources": method})


async def is_waiting(envoy: Envoy) -> bool:
    try:
        await envoy.admin.get("/ready")
    except RemoteError as error:
        return "INITIALIZING" in str(error)
    return False


@pytest.mark.journey
async def test_a_proxy_asks_the_control_plane_and_is_ready_once_it_answers(settings, options, run_directory):
    run_directory.mkdir()
    plane = EmptyControlPlane()
    recorder = Recorder()
    async with running(settings(bootstrap(dataclasses.replace(options, zone="z1"))), recorder) as envoy:
        await until(lambda: is_waiting(envoy))
        server = grpc.aio.server()
        server.add_generic_rpc_handlers([plane.handler()])
        server.add_insecure_port(f"unix:{options.xds_socket}")
        await server.start()
        if account := unprivileged():
            account.own(options.xds_socket)
        async with asyncio.timeout(DEADLINE):
            await envoy.ready()
        await server.stop(None)
    assert set(plane.asked) == {
        "type.googleapis.com/envoy.config.cluster.v3.Cluster",
        "type.googleapis.com/envoy.config.listener.v3.Listener",
    }
    node = next(iter(plane.asked.values())).node
    assert (node.id, node.cluster, node.locality.zone) == ("n1", "edge", "z1")
