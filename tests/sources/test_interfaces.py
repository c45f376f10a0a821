"""Services are asked what they are: by reflection or over HTTP, until they answer, and what they said is kept."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import grpc
import pytest
from google.protobuf.descriptor_pb2 import FileDescriptorSet

from crossway.errors import RemoteError
from crossway.model import Asked, Pems, Silent
from crossway.model.definition import LARGEST_DEFINITION, Trust
from crossway.sources.interfaces import Interfaces, ask
from harness.certificates import Authority
from harness.orders import SERVICE, Orders, pool_of
from harness.ports import free_port
from harness.wasm import Shelf


@pytest.fixture
async def shop() -> AsyncIterator[Orders]:
    async with Orders() as running:
        yield running


@pytest.fixture
async def shelf() -> AsyncIterator[Shelf]:
    async with Shelf() as running:
        yield running


def of(*ports: int, path: str = "", trust: Trust | None = None) -> Asked:
    return Asked("orders", tuple(f"127.0.0.1:{port}" for port in ports), path, trust)


async def test_a_service_says_what_it_is_by_reflection(shop: Orders) -> None:
    content = await ask(of(shop.port), Pems())
    assert content == await ask(of(shop.port), Pems())
    files = [file.name for file in FileDescriptorSet.FromString(content).file]
    assert files.index("google/api/annotations.proto") < files.index("shop.proto")
    assert "GetOrder" in pool_of(content).FindServiceByName(SERVICE).methods_by_name
    assert not any(name.startswith("grpc/reflection") for name in files)


async def test_the_next_endpoint_is_asked_where_one_is_away(shop: Orders) -> None:
    assert await ask(of(free_port(), shop.port), Pems())


async def test_what_does_not_say_it_is_told_why(shelf: Shelf) -> None:
    shelf.files["/large"] = bytes(LARGEST_DEFINITION + 1)
    shelf_port = int(shelf.url.rpartition(":")[2])
    async with Orders(reflects=False) as silent:
        for asked, reason in (
            (of(silent.port), "it has no reflection"),
            (of(free_port()), "UNAVAILABLE"),
            (of(), "it has no endpoints"),
            (of(shelf_port, path="/nowhere"), "404"),
            (of(shelf_port, path="/large"), "more than 16,777,216 bytes"),
            (of(free_port(), path="/"), "cannot be read"),
            (of(silent.port, trust=Trust(verified=False)), "verified"),
        ):
            with pytest.raises(RemoteError, match=f"service orders does not say it.*{reason}"):
                await ask(asked, Pems())


async def test_a_service_says_what_it_is_over_http(shelf: Shelf) -> None:
    shelf.files["/openapi.json"] = b"{}"
    assert await ask(of(int(shelf.url.rpartition(":")[2]), path="/openapi.json"), Pems()) == b"{}"


async def test_it_is_asked_over_tls() -> None:
    authority = Authority()
    theirs, ours = authority.issue("orders.example"), authority.issue("gateway.example")
    authorities = authority.pem.encode()
    credentials = grpc.ssl_server_credentials(
        [(theirs.key.encode(), theirs.pem.encode())], authorities, require_client_auth=True
    )
    pems = Pems(authorities, ours.pem.encode(), ours.key.encode())
    async with Orders(tls=credentials) as shop:
        assert await ask(of(shop.port, trust=Trust("orders.example")), pems)
        for name, given in (("other.example", pems), ("orders.example", Pems(authorities))):
            with pytest.raises(RemoteError, match="UNAVAILABLE"):
                await ask(of(shop.port, trust=Trust(name)), given)
    assert "BEGIN" not in repr(pems)


async def test_what_was_said_is_kept_over_a_restart(tmp_path: Path) -> None:
    async with Orders() as shop:
        wanted = {of(shop.port): Pems()}
        said = await Interfaces(tmp_path / "kept").find(wanted)
        assert isinstance(said[of(shop.port)], bytes)
    assert await Interfaces(tmp_path / "kept").find(wanted) == said
    moved = of(free_port())  # its address does not say what it is
    assert await Interfaces(tmp_path / "kept").find({moved: Pems()}) == {moved: said[of(shop.port)]}


def kept(directory: Path) -> list[str]:
    return [file.name for file in directory.iterdir()]


async def test_what_nobody_asks_is_not_kept(shop: Orders, tmp_path: Path) -> None:
    interfaces = Interfaces(tmp_path)
    await interfaces.find({of(shop.port): Pems()})
    assert kept(tmp_path) == [of(shop.port).key]
    assert await interfaces.find({}) == {}
    assert kept(tmp_path) == []


async def test_a_service_is_asked_until_it_answers(tmp_path: Path) -> None:
    asked = of(free_port())
    interfaces = Interfaces(tmp_path)
    (silent,) = (await interfaces.find({asked: Pems()})).values()
    assert isinstance(silent, Silent)
    assert "UNAVAILABLE" in silent.reason
    news = asyncio.Event()

    async def publish() -> None:
        news.set()

    async with asyncio.TaskGroup() as tasks:
        running = tasks.create_task(interfaces.run(publish))
        async with Orders(port=int(asked.addresses[0].rpartition(":")[2])):
            await asyncio.wait_for(news.wait(), 15)
            (said,) = (await interfaces.find({asked: Pems()})).values()
        assert isinstance(said, bytes)
        running.cancel()
