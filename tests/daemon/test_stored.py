"""Several control planes on one store: what one proposes is tried on the proxies of all."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path

import pytest

from crossway.admin.desk import State
from crossway.model import Ref
from harness import client
from harness.certificates import Authority
from harness.plane import ADA, Plane, plane
from harness.ports import free_port
from harness.waiting import until

HELLO = """
gateways: {edge: {listeners: {http: {port: PORT, address: ADDRESS}}}}
routes: {hello: {matches: [{path: /hello}], respond: {body: hello}}}
"""


@pytest.fixture
async def planes(tmp_path: Path) -> AsyncIterator[tuple[Plane, Plane]]:
    """Two control planes on one store; the second one has an Envoy."""
    url = f"sqlite:///{tmp_path}/shared.db"
    async with AsyncExitStack() as stack:
        made = []
        for name in ("one", "two"):
            (tmp_path / name).mkdir()
            one = plane(tmp_path / name, url=url, name=name, envoy=name == "two")
            made.append(await stack.enter_async_context(one))
        yield made[0], made[1]


async def test_a_change_counts_the_proxies_of_all_control_planes(planes: tuple[Plane, Plane]) -> None:
    one, two = planes
    await until(lambda: _lives(one, "two"))
    port = free_port()
    text = HELLO.replace("PORT", str(port)).replace("ADDRESS", "127.0.0.1")
    applied = await one.apply(text)
    assert (applied.state, applied.live, applied.proxies) == (State.LIVE, 1, 1)
    assert (await client.request(port, "/hello")).text == "hello"
    await until(lambda: two.control.state.revision == 1)
    again = await two.apply(text.replace("body: hello", "body: again"))
    assert (again.state, again.revision) == (State.LIVE, 2)
    await until(lambda: one.control.state.revision == 2)


async def test_what_a_proxy_elsewhere_cannot_have_is_taken_back_everywhere(planes: tuple[Plane, Plane]) -> None:
    one, two = planes
    await until(lambda: _lives(one, "two"))
    port = free_port()
    good = HELLO.replace("PORT", str(port)).replace("ADDRESS", "127.0.0.1")
    assert (await one.apply(good)).state is State.LIVE
    # An address that no machine has can be validated, and be bound nowhere.
    applied = await one.apply(good.replace("127.0.0.1", "192.0.2.1"))
    assert (applied.state, applied.revision) == (State.ROLLED_BACK, 1)
    assert "192.0.2.1" in str(applied.findings)
    await until(lambda: _serves(port))
    await until(lambda: two.control.views.loaded.resources == one.control.views.loaded.resources)


@pytest.mark.parametrize(("strict", "state"), [(False, State.LIVE), (True, State.ROLLED_BACK)])
async def test_whether_a_part_may_be_put_aside_is_said_to_all(
    planes: tuple[Plane, Plane], strict: bool, state: State
) -> None:
    one, two = planes
    await until(lambda: _lives(one, "two"))
    port = free_port()
    good = HELLO.replace("PORT", str(port)).replace("ADDRESS", "127.0.0.1")
    assert (await one.apply(good)).state is State.LIVE
    more = good.replace("{http: ", f"{{away: {{port: {port}, address: 192.0.2.1}}, http: ")
    assert (await one.apply(more, strict=strict)).state is state
    assert await _serves(port)
    await until(lambda: bool(two.control.state.findings) is not strict)


async def _serves(port: int) -> bool:
    try:
        return (await client.request(port, "/hello")).text == "hello"
    except OSError:
        return False


async def _lives(plane: Plane, name: str) -> bool:
    return name in {other.name for other in await plane.stored.store.planes()}


async def test_a_secret_of_the_store_is_served_and_never_shown(tmp_path: Path) -> None:
    port = free_port()
    pair = Authority().issue("shop.test")
    pair.save(tmp_path, "shop")
    async with plane(tmp_path, envoy=False) as here:
        await here.desk.put_secret(ADA, Ref("secrets", "shop_key"), pair.key)
        await until(lambda: here.stored.vault.find(Ref("secrets", "shop_key")))
        text = f"""
gateways: {{edge: {{listeners: {{https: {{port: {port}, tls: {{certificates: [shop]}}}}}}}}}}
certificates: {{shop: {{certificate: {tmp_path}/shop.pem, key: "secret:shop_key"}}}}
"""
        applied = await here.apply(text)
        assert (applied.state, applied.findings) == (State.LIVE, ())
        (shown,) = await here.desk.secrets(ADA)
        assert (shown["name"], "PRIVATE KEY" in str(shown)) == ("shop_key", False)
        await here.desk.delete_secret(ADA, Ref("secrets", "shop_key"))
        assert await here.desk.secrets(ADA) == []
