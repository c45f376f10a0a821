"""Plugins that look at the heads of requests alone: asked by the proxy, which takes the native way by itself."""

import asyncio
from collections.abc import Iterator

import pytest

from crossway.compile.program import HEADS_SOCKET
from harness.background import Background
from harness.client import connected
from harness.gateway import Gateway
from harness.upstreams import Upstreams
from harness.waiting import until

pytestmark = pytest.mark.journey

CONFIG = """
gateways: {edge: {listeners: {http: $http}, policies: {access_log: {outputs: stdout}}}}
services: {echo: {endpoints: ["127.0.0.1:$echo"]}, away: {endpoints: ["127.0.0.1:1"]}}
plugins:
  check:
    source: |
      import asyncio
      from crossway import Head, Response, current, plugin

      @plugin
      async def check(head: Head) -> Response | None:
          head.headers["x-seen"] = f"{head.method} {head.headers.get('content-length')}"
          head.headers["x-from"] = head.headers.get("x-forwarded-for") or "nobody"
          head.headers.discard("x-unwanted")
          match head.headers.get("x-do"):
              case None:
                  return None
              case "raise":
                  raise ValueError
              case "hang":
                  await asyncio.sleep(30)
              case "call":
                  answer = await current().call("echo", head._request.__class__("GET", "/called"))
                  head.headers["x-called"] = str(answer.status)
                  return None
              case status:
                  return Response(int(status), [("set-cookie", "a=1"), ("set-cookie", "b=2")], "said")
routes:
  native: {matches: [{path: /native}], to: echo}
  asked:
    matches: [{path: /asked}]
    to: echo
    policies: {plugins: [check], headers: {response: {set: {x-route: here}}}}
  away: {matches: [{path: /away}], to: away, policies: {plugins: [check]}}
"""
DO = "x-do"


@pytest.fixture(scope="module")
def gateway(background: Background, upstreams: Upstreams) -> Iterator[Gateway]:
    with background.entered(Gateway(CONFIG, echo=upstreams.echo().port)) as running:
        yield running


@pytest.mark.parametrize(("method", "body"), [("GET", ""), ("POST", "hello"), ("HEAD", ""), ("DELETE", "")])
async def test_a_backend_gets_what_it_gets_natively_and_what_the_plugin_has_changed(gateway, method, body):
    headers = {"x-unwanted": "1", "x-kept": "1", "x-crossway-content-length": "forged"}
    native, asked = [
        await gateway.get(path, method=method, body=body, headers=headers) for path in ("/native", "/asked")
    ]
    assert (asked.status, asked.headers["x-route"]) == (native.status, "here")
    if method == "HEAD":
        return
    expected = native.json["headers"]
    expected["x-seen"] = f"{method} {expected.get('content-length')}"
    expected["x-from"] = expected.get("x-forwarded-for", "nobody")
    del expected["x-unwanted"]
    expected.pop("x-crossway-content-length", None)
    got = asked.json["headers"]
    for each in (expected, got):
        each.pop("x-request-id")
        each.pop("x-crossway-content-length", None)
    assert got == expected
    assert asked.json["body"] == body


@pytest.mark.parametrize("status", [200, 201, 204, 302, 403, 418, 500, 503, 511])
async def test_its_answer_is_the_answer(gateway, status):
    answer = await gateway.get("/asked", headers={DO: str(status)})
    assert (answer.status, answer.text) == (status, "" if status == 204 else "said")
    assert answer.headers["x-route"] == "here"
    assert "x-envoy-upstream-service-time" not in answer.headers


@pytest.mark.parametrize(("what", "status", "code"), [("raise", 500, "plugin.failed"), ("hang", 504, "plugin.timeout")])
async def test_what_goes_wrong_is_an_answer_with_its_code(gateway, what, status, code):
    answer = await gateway.get("/asked", headers={DO: what})
    assert (answer.status, answer.json["code"]) == (status, code)
    assert answer.json["request_id"] == answer.headers["x-request-id"]


async def test_it_may_call_services(gateway):
    assert (await gateway.get("/asked", headers={DO: "call"})).json["headers"]["x-called"] == "200"


async def test_a_backend_that_is_away_is_so_behind_it_too(gateway):
    assert (await gateway.get("/away")).status == 503


async def test_a_client_that_leaves_is_missed_by_nobody(gateway):
    head = f"GET /asked HTTP/1.1\r\nhost: test\r\n{DO}: hang\r\n\r\n"
    async with connected(gateway.port("http"), beginning=head.encode()):
        pass
    assert (await gateway.get("/asked")).status == 200
    assert "never retrieved" not in gateway.log


async def test_without_python_nothing_gets_past_it(gateway):
    (socket,) = gateway.directory.rglob(HEADS_SOCKET)
    socket.rename(socket.with_suffix(".away"))
    try:

        async def is_closed() -> bool:
            # Connections that stand go on; new ones find nobody.
            statuses = [answer.status for answer in await asyncio.gather(*(gateway.get("/asked") for _ in range(40)))]
            assert set(statuses) <= {200, 503}
            return 503 in statuses

        await until(is_closed)
        assert (await gateway.get("/native")).status == 200
    finally:
        socket.with_suffix(".away").rename(socket)
    assert (await gateway.get("/asked")).status == 200
