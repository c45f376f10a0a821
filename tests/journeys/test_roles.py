"""A control plane and proxies that join it over mutual TLS, each a process of its own."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from crossway.identity.authority import Authority
from crossway.identity.credentials import Credentials
from harness.gateway import Gateway
from harness.ports import free_port
from harness.waiting import until

pytestmark = pytest.mark.journey

ONE = """
gateways:
  edge: {listeners: {http: $http}}
  other: {listeners: {http: $other}}
routes:
  answer: {gateways: [edge, other], matches: [{path: /*}], respond: {body: one}}
"""
TWO = ONE.replace("body: one", "body: two")


@pytest.fixture
async def control() -> AsyncIterator[Gateway]:
    address = f"127.0.0.1:{free_port()}"
    async with Gateway(ONE, "--role", "control", "--listen", address, address=address) as running:
        yield running


@asynccontextmanager
async def launched(proxy: Gateway) -> AsyncIterator[Gateway]:
    """Start *proxy* without waiting for it."""
    proxy.launch()
    try:
        yield proxy
    finally:
        await proxy.__aexit__()


async def answers(proxy: Gateway, at: str = "http") -> str | None:
    """Return what the proxy answers; `None` if it does not."""
    try:
        return (await proxy.get("/", at=at)).text
    except OSError:
        return None


async def test_a_proxy_joins_and_follows(control: Gateway, tmp_path: Path) -> None:
    async with control.joined_by(control.issue(tmp_path / "credentials")) as proxy:
        await until(lambda: control.is_live(1))
        assert await answers(proxy) == "one"
        await control.edit(TWO)
        assert await answers(proxy) == "two"
        await control.edit_badly("gateways: [")
        assert await answers(proxy) == "two"
        (known,) = (await control.state())["proxies"]
        assert (known["live"], known["refused"]) == (True, [])
    await until(lambda: "is gone" in control.log)
    assert (await control.state())["proxies"] == []


async def test_a_proxy_serves_its_own_gateway_only(control: Gateway, tmp_path: Path) -> None:
    async with control.joined_by(control.issue(tmp_path / "credentials"), "--gateway", "edge") as proxy:
        await until(lambda: control.is_live(1))
        assert await answers(proxy) == "one"
        assert await answers(proxy, at="other") is None


async def test_credentials_for_one_gateway_open_no_other(control: Gateway, tmp_path: Path) -> None:
    credentials = control.issue(tmp_path / "credentials", "--gateway", "edge")
    async with control.joined_by(credentials) as proxy:
        await until(lambda: control.is_live(1))
        assert await answers(proxy) == "one"
        assert await answers(proxy, at="other") is None
    async with launched(control.joined_by(credentials, "--gateway", "other")) as proxy:
        await until(lambda: in_trouble(proxy))
        assert await answers(proxy, at="other") is None


async def in_trouble(proxy: Gateway) -> bool:
    try:
        return "not known here" in ((await proxy.state())["trouble"] or "")
    except OSError:
        return False


async def test_a_proxy_outlives_its_control_plane_and_starts_without_it(control: Gateway, tmp_path: Path) -> None:
    async with control.joined_by(control.issue(tmp_path / "credentials")) as proxy:
        await until(lambda: control.is_live(1))
        await until(lambda: (proxy.directory / "state" / "joined.snapshot").exists())
        control.kill()
        assert await answers(proxy) == "one"
        assert await proxy.stop() == 0
        assert await answers(proxy) is None
        await proxy.start()
        assert await answers(proxy) == "one"
        assert "starting from the last good snapshot" in proxy.log
        control.write(TWO)
        await control.start()

        async def follows() -> bool:
            return await answers(proxy) == "two"

        await until(follows, within=30)


async def test_a_proxy_with_a_strange_certificate_is_turned_away(control: Gateway, tmp_path: Path) -> None:
    known = Authority.open(control.directory / "state" / "authority")
    strange = Authority.open(tmp_path / "strange").issue_client("proxy-1")
    Credentials(strange.certificate, strange.key, known.certificate).save(tmp_path / "credentials")
    async with launched(control.joined_by(tmp_path / "credentials")) as proxy:

        async def in_trouble() -> bool:
            try:
                return bool((await proxy.state())["trouble"])
            except OSError:
                return False

        await until(in_trouble)
        assert not await proxy.ready()
        assert await answers(proxy) is None
        assert (await control.state())["proxies"] == []


async def test_credentials_that_are_missing_are_one_sentence(control: Gateway, tmp_path: Path) -> None:
    proxy = control.joined_by(tmp_path / "nowhere")
    try:
        said = await proxy.fail()
    finally:
        await proxy.__aexit__()
    assert str(tmp_path / "nowhere") in said
    assert "Traceback" not in said
