"""The doors, over real sockets."""

import asyncio
import json
import os
import pwd
import stat

import pytest

from crossway.admin.application import proxy_application
from crossway.admin.doors import SOCKET, Tls
from crossway.admin.pages.probes import Probes
from crossway.admin.serving import AdminServer
from crossway.errors import UserError
from harness import client
from harness.admin import admin_api, is_ready, metrics, over_unix, raw
from harness.certificates import Authority
from harness.waiting import until

ACCOUNT = pwd.getpwuid(os.getuid()).pw_name
GET = b"GET %s HTTP/1.1\r\nhost: x\r\nconnection: close\r\n%s\r\n"


def application():
    return proxy_application(Probes(metrics, is_ready), lambda: {"control": "here"}, print)


async def test_over_the_unix_socket_one_is_admin_without_a_token(tmp_path):
    async with admin_api(tmp_path) as admin:
        put = b"PUT /v1/secrets/default/db HTTP/1.1\r\nhost: x\r\nconnection: close\r\ncontent-length: 13\r\n\r\n"
        answer = await over_unix(tmp_path / SOCKET, put + b'{"value":"v"}')
        assert answer.startswith(b"HTTP/1.1 204 ")
        assert {entry.author for entry in admin.ledger.entries} == {f"local:{ACCOUNT}"}
        assert {entry.address for entry in admin.ledger.entries} == {"unix"}


async def test_the_socket_is_for_its_owner_alone(tmp_path):
    state = tmp_path / "state"
    state.mkdir(mode=0o755)
    async with admin_api(state):
        assert stat.S_IMODE(state.stat().st_mode) == 0o700
        mode = (state / SOCKET).stat().st_mode
        assert stat.S_ISSOCK(mode)
        assert stat.S_IMODE(mode) == 0o600
    assert not (state / SOCKET).exists()


async def test_a_socket_may_lie_deep(tmp_path):
    state = tmp_path / ("a" * 60) / ("b" * 60)
    async with admin_api(state):
        directory = os.open(state, os.O_PATH)
        try:
            answer = await over_unix(f"/proc/self/fd/{directory}/{SOCKET}", GET % (b"/healthz", b""))
            assert answer.startswith(b"HTTP/1.1 200 ")
        finally:
            os.close(directory)


async def test_nobody_becomes_local_by_saying_so(tmp_path):
    async with admin_api(tmp_path) as admin:
        for token in (b"\xff", b"", b"cw_" + b"\xc3\xa4" * 20):
            sent = b"authorization: Bearer " + token + b"\r\n"
            assert (await raw(admin.server.port, GET % (b"/v1/status", sent))).startswith(b"HTTP/1.1 401 ")
        forged = b"x-forwarded-for: local:root\r\nforwarded: for=unix\r\nx-real-ip: unix\r\n"
        assert (await raw(admin.server.port, GET % (b"/v1/status", forged))).startswith(b"HTTP/1.1 401 ")
        await raw(admin.server.port, (GET % (b"/v1/tokens", forged)).replace(b"GET", b"POST"))
        assert [(entry.author, entry.address) for entry in admin.ledger.entries] == [("nobody", "127.0.0.1")]


async def test_tls(tmp_path):
    authority = Authority()
    authority.issue("localhost").save(tmp_path, "own")
    tls = Tls(tmp_path / "own.pem", tmp_path / "own.key")
    async with AdminServer(application(), tmp_path / "state", "0.0.0.0:0", tls) as server:
        answer = await client.request(server.port, "/healthz", tls=authority.client(), server_name="localhost")
        assert answer.status == 200
        assert b"200" not in await raw(server.port, GET % (b"/healthz", b""))


def test_what_others_can_reach_needs_tls(tmp_path):
    for address in ("0.0.0.0:0", "[::]:0", "192.0.2.1:7070", "gateway.example:7070"):
        with pytest.raises(UserError, match="can be reached from elsewhere, so it needs TLS"):
            AdminServer(application(), tmp_path, address)
    assert not (tmp_path / SOCKET).exists()


def test_tls_without_a_key_is_a_sentence(tmp_path):
    Authority().issue("localhost").save(tmp_path, "own")
    with pytest.raises(UserError, match="cannot serve TLS with"):
        AdminServer(application(), tmp_path / "state", "127.0.0.1:0", Tls(tmp_path / "own.pem", tmp_path / "none.key"))


async def test_an_address_that_is_taken_is_a_sentence(tmp_path):
    async with AdminServer(application(), tmp_path, "127.0.0.1:0") as server:
        with pytest.raises(UserError, match=f"127.0.0.1:{server.port} cannot be used .Address already in use."):
            AdminServer(application(), tmp_path / "other", f"127.0.0.1:{server.port}")


async def test_without_an_address_only_the_socket_is_there(tmp_path):
    async with AdminServer(application(), tmp_path) as server:
        assert server.port == 0
        answer = await over_unix(tmp_path / SOCKET, GET % (b"/v1/status", b""))
        assert json.loads(answer.partition(b"\r\n\r\n")[2]) == {"control": "here"}


async def test_a_proxy_answers_no_token(tmp_path):
    async with AdminServer(application(), tmp_path, "127.0.0.1:0") as server:
        assert (await client.request(server.port, "/v1/status")).status == 401
        assert (await client.request(server.port, "/v1/resources")).status == 404


TRICKS = {
    b"/v1/../healthz": 400,
    b"/v1/%2e%2e/healthz": 400,
    b"/v1/resources/routes/default/..": 400,
    b"/v1/resources/routes/default/a%2fb": 400,
    b"/v1/resources/routes/default/a%5cb": 400,
    b"/v1/resources/routes/default/a%00": 400,
    b"/v1/resources/routes/default/%ff": 400,
    b"/v1/resources/routes/default/%zz": 400,
    b"/v1/resources?name=%ff": 400,
    b"/v1//status": 400,
    b"//v1/status": 400,
    b"/./v1/status": 400,
    b"/v1/status/.": 400,
    b"http://elsewhere/v1/status": 400,
    b"*": 400,
    b"/v1/\xff": 400,
    b"/v1/a b": 400,
    b"/v1/" + b"a" * 33_000: 414,
    b"/v1/status?q=" + b"a" * 33_000: 414,
    b"/v1/" + b"a" * 90_000: 414,
    b"/V1/status": 404,
    b"/v1/status;x": 404,
}


async def test_path_tricks_are_turned_away(tmp_path):
    async with admin_api(tmp_path) as admin:
        for target, status in TRICKS.items():
            sent = GET % (target, f"authorization: Bearer {admin.token}\r\n".encode())
            answer = await raw(admin.server.port, sent)
            assert answer.startswith(b"HTTP/1.1 %d " % status), (target[:80], answer)
        assert admin.said == []


async def test_broken_requests_break_nothing(tmp_path):
    async with admin_api(tmp_path) as admin:
        broken = [
            b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
            b"GET / HTTP/9.9\r\nconnection: close\r\n\r\n",
            b"POST /v1/changesets HTTP/1.1\r\nhost: x\r\ncontent-length: -1\r\n\r\n",
            b"POST /v1/changesets HTTP/1.1\r\nhost: x\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\n",
            b"POST /v1/changesets HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\nzz\r\n",
            b"GET /v1/status HTTP/1.1\r\nhost: x\r\nhost: y\r\nconnection: close\r\n\r\n",
            b"GET /v1/status HTTP/1.1\r\nhost: a b\r\nconnection: close\r\n\r\n",
        ]
        for content in broken:
            assert (await raw(admin.server.port, content)).startswith(b"HTTP/1.1 4"), content
        assert (await client.request(admin.server.port, "/healthz")).status == 200


async def test_a_body_that_is_too_large_is_413(tmp_path):
    async with admin_api(tmp_path) as admin:
        head = (
            f"POST /v1/changesets HTTP/1.1\r\nhost: x\r\nconnection: close\r\ncontent-type: application/json\r\n"
            f"authorization: Bearer {admin.token}\r\n"
        )
        declared = await raw(admin.server.port, f"{head}content-length: 33554433\r\n\r\n".encode())
        assert declared.startswith(b"HTTP/1.1 413 ")
        assert b"application/problem+json" in declared
        async with asyncio.timeout(client.DEADLINE):
            reader, writer = await asyncio.open_connection("127.0.0.1", admin.server.port)
            writer.write(f"{head}transfer-encoding: chunked\r\n\r\n".encode())
            for _ in range(33):
                writer.write(b"100000\r\n" + b" " * 0x100000 + b"\r\n")
                await writer.drain()
            assert (await reader.readline()).startswith(b"HTTP/1.1 413 ")
            writer.close()


async def test_a_stop_answers_who_waits_for_a_change(tmp_path):
    async with asyncio.TaskGroup() as tasks, admin_api(tmp_path) as admin:
        admin.desk.hold.clear()
        asked = tasks.create_task(admin.ask("/v1/changesets", "POST", {}))
        await until(lambda: admin.desk.applied)
    assert asked.result().status == 503
    assert asked.result().headers["retry-after"] == "2"
    assert admin.ledger.told[-1][-1] == "interrupted"
