"""The firewall as people run it: what goes through, what does not, and what the log says of it."""

import asyncio
import json
import shutil
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any, Self

import pytest

from harness.core_rules import RULES
from harness.gateway import Gateway
from harness.upstreams import Echo
from harness.waiting import until

pytestmark = pytest.mark.journey

core_rules = pytest.mark.skipif(not RULES.is_dir(), reason="the package modsecurity-crs is not installed")
DEADLINE = 15.0
SECRET = "hunter2' or '1'='1"
GIB = 2**30
PIECE = b"x" * 65_536

BASIC = """
gateways: {edge: {policies: {access_log: false}, listeners: {http: $http}}}
services: {echo: "http://127.0.0.1:$echo", any: "h2c://127.0.0.1:$echo"}
plugins: {stamp: {source: $stamp}}
routes:
  basic: {matches: [{path: /basic/*}], to: echo, policies: {waf: basic}}
  small: {matches: [{path: /small/*}], to: echo, policies: {waf: {max_body: 64KiB}}}
  pass: {matches: [{path: /pass/*}], to: echo, policies: {waf: {max_body: 64KiB, beyond: pass}}}
  behind: {matches: [{path: /behind/*}], to: echo, policies: {waf: {max_body: 64KiB}, plugins: [stamp]}}
"""
STAMP = """
from crossway import Request, Response, plugin


@plugin
async def stamp(request: Request, call_next) -> Response:
    response = await call_next(request)
    response.headers["x-stamped"] = "yes"
    return response
"""
CORE = """
gateways: {edge: {policies: {access_log: false}, listeners: {http: $http}}}
services: {echo: "http://127.0.0.1:$echo", leak: "http://127.0.0.1:$leak"}
routes:
  crs: {matches: [{path: /crs/*}], to: echo, policies: {waf: crs}}
  spared:
    matches: [{path: /spared/*}]
    to: echo
    policies: {waf: {level: crs, exclude: [{tags: [attack-sqli], parameters: [formula]}]}}
  leaking: {matches: [{path: /leaking/*}], to: leak, policies: {waf: {level: crs, responses: true}}}
  moved: {matches: [{path: /moved/*}], to: echo, policies: {waf: {level: crs, rules_directory: $rules}}}
"""


@pytest.fixture
async def echo() -> AsyncIterator[Echo]:
    async with Echo() as running:
        yield running


def lines(gateway: Gateway, request_id: str) -> list[dict[str, Any]]:
    """Return what the log says of a request."""
    found = (json.loads(line[line.index("{") :]) for line in gateway.log.splitlines() if '{"waf":' in line)
    return [line for line in found if line["request_id"] == request_id]


async def test_bodies_of_any_size_and_what_the_log_says(echo: Echo):
    async with Gateway(BASIC, echo=echo.port, stamp=json.dumps(STAMP)) as gateway:
        for path in ("/basic/", "/behind/"):
            await _values_stay_out_of_the_log(gateway, path)
        for path in ("/small/", "/behind/"):
            status, sent = await _uploaded(gateway, path, 5 * GIB, chunked=False)
            assert (status, sent < 64 * 2**20) == (413, True)
            status, sent = await _uploaded(gateway, path, 5 * GIB, chunked=True)
            assert (status, sent < 64 * 2**20) == (413, True)
        assert echo.received[-1].path.startswith("/behind/fine")
        status, sent = await _uploaded(gateway, "/pass/", 3 * 2**20, chunked=True)
        assert (status, sent) == (200, 3 * 2**20)
        assert len(echo.received[-1].body) == 3 * 2**20


async def _values_stay_out_of_the_log(gateway: Gateway, path: str) -> None:
    headers = {"content-type": "application/json"}
    good = await gateway.get(f"{path}fine", method="POST", headers=headers, body='{"password": "hunter2"}')
    assert good.status == 200
    assert (good.headers.get("x-stamped") == "yes") is (path == "/behind/")
    bad = await gateway.get(path, method="POST", headers=headers, body=json.dumps({"password": SECRET}))
    assert (bad.status, bad.json["code"]) == (403, "waf.blocked")
    assert {"7000010", "sqli"}.isdisjoint(bad.text.split('"'))
    await until(lambda: lines(gateway, bad.json["request_id"]) != [], DEADLINE)
    (line,) = lines(gateway, bad.json["request_id"])
    assert line["waf"] == "blocked"
    assert [(one["rule"], one["target"]) for one in line["matches"]] == [(7000010, "ARGS:json.password")]
    assert "hunter2" not in gateway.log


async def _uploaded(gateway: Gateway, path: str, size: int, *, chunked: bool) -> tuple[int, int]:
    """Upload so many bytes, as long as nobody says no; return the status and how many of them were taken."""
    reader, writer = await asyncio.open_connection("127.0.0.1", gateway.port("http"))
    framing = "transfer-encoding: chunked" if chunked else f"content-length: {size}"
    writer.write(f"PUT {path} HTTP/1.1\r\nhost: test\r\n{framing}\r\n\r\n".encode())
    sent = 0
    answer = asyncio.ensure_future(reader.readline())
    async with asyncio.timeout(DEADLINE):
        while sent < size and not answer.done():
            writer.write(b"%x\r\n%s\r\n" % (len(PIECE), PIECE) if chunked else PIECE)
            sent += len(PIECE)
            taken = asyncio.ensure_future(writer.drain())
            await asyncio.wait((taken, answer), return_when=asyncio.FIRST_COMPLETED)
            taken.cancel()
        if chunked and not answer.done():
            writer.write(b"0\r\n\r\n")
        status = int((await answer).split()[1])
    writer.transport.abort()
    return status, sent


@core_rules
async def test_the_core_rules_block_and_spare_and_look_at_answers(echo: Echo, tmp_path: Path):
    async with _Leaking() as leak:
        moved = tmp_path / "rules"
        shutil.copytree(RULES, moved)
        await asyncio.to_thread(tmp_path.chmod, 0o755)  # the proxy runs as another user
        async with Gateway(CORE, echo=echo.port, leak=leak.port, rules=moved) as gateway:
            assert (await gateway.get("/crs/?q=tea")).status == 200
            for attack in (
                "1'%20or%20'1'='1",
                "%3Cscript%3Ealert(1)%3C/script%3E",
                "../../../../etc/passwd",
                ";cat%20/etc/passwd",
                "$%7Bjndi:ldap://a.test/x%7D",
                "http://10.0.0.1/evil.php%3Fcmd=id",
                "%3C%3Fphp%20system('id')%3B",
            ):
                assert (await gateway.get(f"/crs/?q={attack}")).json.get("code") == "waf.blocked", attack
            for method in ("PUT", "PATCH", "DELETE"):
                assert (await gateway.get("/crs/7", method=method)).status == 200
            assert (await gateway.get("/spared/?formula=1'%20or%20'1'='1")).status == 200
            assert (await gateway.get("/spared/?other=1'%20or%20'1'='1")).status == 403
            answer = await gateway.get("/leaking/")
            assert (answer.status, answer.json["code"]) == (502, "waf.response_blocked")
            # Rules that have gone since they were checked: nothing passes without them.
            shutil.rmtree(moved)
            answer = await gateway.get("/moved/")
            assert (answer.status, answer.json["code"]) == (503, "waf.unavailable")
            assert "the rules cannot be loaded" in gateway.log
            await _none_waits_for_the_others(gateway)


async def _none_waits_for_the_others(gateway: Gateway) -> None:
    """Send many requests at once, whose rules run in threads."""
    body = json.dumps({"text": "the quick brown fox " * 500})
    headers = {"content-type": "application/json"}
    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(gateway.get("/crs/", method="POST", headers=headers, body=body)) for _ in range(40)]
    assert {task.result().status for task in tasks} == {200}


class _Leaking:
    """A backend that tells everybody what its database has said."""

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._connected, "127.0.0.1", 0)
        self.port: int = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, *_: object) -> None:
        self._server.close()

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        body = b"You have an error in your SQL syntax; check the manual that corresponds to your MySQL server version"
        head = f"HTTP/1.1 200 OK\r\ncontent-type: text/html\r\ncontent-length: {len(body)}\r\nconnection: close\r\n\r\n"
        writer.write(head.encode() + body)
        await writer.drain()
        writer.close()
