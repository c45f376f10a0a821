"""MQTT, passed through with limits: a real broker behind a TCP route and behind a WebSocket."""

import asyncio
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from aiomqtt import Client, MqttError
from websockets.asyncio.client import connect

from harness.background import Background
from harness.gateway import Gateway
from harness.ports import free_port
from harness.waiting import until

BROKER = shutil.which("mosquitto") or shutil.which("mosquitto", path="/usr/sbin")
pytestmark = [
    pytest.mark.journey,
    pytest.mark.skipif(BROKER is None, reason="there is no broker here: install the package mosquitto"),
]

CONFIG = """
gateways:
  edge:
    listeners:
      plain: {port: $plain, protocol: tcp}
      few: {port: $few, protocol: tcp, policies: {connection_limit: 1}}
      rare: {port: $rare, protocol: tcp, policies: {connection_limit: {rate: 1/hour}}}
      idle: {port: $idle, protocol: tcp, policies: {tcp_limits: {idle: 300ms}}}
      brief: {port: $brief, protocol: tcp, policies: {tcp_limits: {lifetime: 300ms}}}
      denied: {port: $denied, protocol: tcp, policies: {tcp_limits: {deny: [127.0.0.0/8]}}}
      others: {port: $others, protocol: tcp, policies: {tcp_limits: {allow: [10.0.0.0/8]}}}
      allowed: {port: $allowed, protocol: tcp, policies: {tcp_limits: {allow: [127.0.0.1], deny: [127.0.0.2]}}}
      http: $http
services:
  broker: {endpoints: ["127.0.0.1:$broker"]}
  web: "http://127.0.0.1:$web"
routes:
  mqtt: {listeners: [plain, few, rare, idle, brief, denied, others, allowed], to: broker}
  web: {listeners: [http], matches: [{path: /mqtt}], to: web}
"""


@pytest.fixture(scope="module")
def gateway(background: Background) -> Iterator[Gateway]:
    broker, web = free_port(), free_port()
    with TemporaryDirectory(prefix="cw-") as directory:
        settings = Path(directory) / "broker.conf"
        settings.write_text(
            f"listener {broker} 127.0.0.1\nlistener {web} 127.0.0.1\nprotocol websockets\nallow_anonymous true\n"
        )
        assert BROKER is not None
        process = subprocess.Popen([BROKER, "-c", settings], stderr=subprocess.DEVNULL)
        try:
            with background.entered(Gateway(CONFIG, broker=broker, web=web)) as running:
                yield running
        finally:
            process.kill()
            process.wait()


def client(gateway: Gateway, listener: str, **options: object) -> Client:
    return Client("127.0.0.1", gateway.port(listener), timeout=10, **options)  # type: ignore[arg-type]


async def told(gateway: Gateway, listener: str) -> str:
    """Return what one client is told by another one, through *listener*."""
    async with client(gateway, listener) as reader, client(gateway, "plain") as writer:
        await reader.subscribe(f"news/{listener}")
        await writer.publish(f"news/{listener}", "hello", qos=1)
        return (await asyncio.wait_for(anext(aiter(reader.messages)), 10)).payload.decode()  # type: ignore[union-attr]


@pytest.mark.parametrize("listener", ["plain", "few", "allowed"])
async def test_messages_pass(gateway, listener):
    assert (await gateway.state())["findings"] == []
    assert await told(gateway, listener) == "hello"


async def test_one_connection_too_many_is_closed(gateway):
    async with client(gateway, "few"):
        with pytest.raises(MqttError):
            async with client(gateway, "few"):
                pass

    async def is_free() -> bool:
        try:
            async with client(gateway, "few"):
                return True
        except MqttError:
            return False

    await until(is_free)


async def test_connections_come_at_a_rate(gateway):
    async with client(gateway, "rare"):
        pass
    with pytest.raises(MqttError):
        async with client(gateway, "rare"):
            pass


@pytest.mark.parametrize("listener", ["denied", "others"])
async def test_who_may_not_connect_is_hung_up_on(gateway, listener):
    with pytest.raises(MqttError):
        async with client(gateway, listener):
            pass


@pytest.mark.parametrize("listener", ["idle", "brief"])
async def test_a_connection_is_closed_in_time(gateway, listener):
    async with client(gateway, listener) as reader:
        with pytest.raises(MqttError):
            await asyncio.wait_for(anext(aiter(reader.messages)), 10)


async def test_mqtt_over_websocket_passes(gateway):
    hello = b"\x10\x10\x00\x04MQTT\x04\x02\x00\x3c\x00\x04test"  # CONNECT, MQTT 3.1.1
    async with connect(f"ws://127.0.0.1:{gateway.port('http')}/mqtt", subprotocols=["mqtt"]) as socket:
        assert socket.subprotocol == "mqtt"
        await socket.send(hello)
        assert await asyncio.wait_for(socket.recv(), 10) == b"\x20\x02\x00\x00"
