"""What goes on, what does not, and what the rules get to see of it."""

import asyncio
import gzip
import json
from collections.abc import AsyncIterator

import pytest

from crossway.model.waf import Inspection, Waf
from crossway.policies.waf.seclang import seclang
from crossway.runtime import waf as module
from crossway.runtime.handler import Tools
from crossway.runtime.waf import make
from crossway.sdk.http import Request, Response

ATTACK = b"{\"note\": \"1' or '1'='1\"}"
GOOD = b'{"note": "one; or two?"}'
JSON = {"content-type": "application/json", "x-request-id": "r"}


class Backend:
    """Takes what goes on."""

    def __init__(self, answer: Response | None = None) -> None:
        self.received: list[Request] = []
        self.bodies: list[bytes] = []
        self._answer = answer

    async def __call__(self, request: Request) -> Response:
        self.received.append(request)
        self.bodies.append(b"".join([piece async for piece in request.stream()]))
        return self._answer or Response(200, {"content-type": "text/plain"}, "fine")


def handler(tools: Tools, **settings: object):
    spec = Waf.model_validate(settings)
    inspection = Inspection(
        rules=seclang(spec),
        screened=not spec.rules,
        mode=spec.mode,
        max_body=spec.max_body,
        beyond=spec.beyond,
        responses=spec.responses,
        max_response=spec.max_response,
    )
    return make(inspection.model_dump_json(exclude_unset=True).encode(), "routes.a", tools)


@pytest.fixture
def tools() -> Tools:
    return None  # type: ignore[return-value]  # a firewall calls nobody


async def pieces(*several: bytes) -> AsyncIterator[bytes]:
    for piece in several:
        yield piece


def streamed(*several: bytes, **headers: str) -> Request:
    request = Request("POST", "/", JSON | {name.replace("_", "-"): value for name, value in headers.items()})
    request.arriving(pieces(*several))
    return request


async def code(answering, request: Request, backend: Backend) -> tuple[int, str]:
    response = await answering(request, backend)
    return response.status, response.json()["code"] if response.status != 200 else ""


async def test_a_body_is_whole_before_it_goes_on(tools):
    backend = Backend()
    assert await code(handler(tools), streamed(GOOD[:9], GOOD[9:]), backend) == (200, "")
    assert await code(handler(tools), streamed(ATTACK[:9], ATTACK[9:]), backend) == (403, "waf.blocked")
    assert backend.bodies == [GOOD]


async def test_what_is_compressed_is_inspected_as_what_it_is_and_goes_on_as_it_came(tools):
    backend = Backend()
    good, bad = gzip.compress(GOOD), gzip.compress(ATTACK)
    assert await code(handler(tools), streamed(good, content_encoding="gzip"), backend) == (200, "")
    assert await code(handler(tools), streamed(bad, content_encoding="gzip"), backend) == (403, "waf.blocked")
    assert backend.bodies == [good]
    assert backend.received[0].headers["content-encoding"] == "gzip"


@pytest.mark.parametrize(
    ("coding", "body", "expected"),
    [
        ("zstd", b"x", (415, "waf.encoding")),
        ("gzip", b"not gzip", (400, "waf.encoding")),
        ("gzip", gzip.compress(b" " * 2**20), (413, "waf.encoding")),
    ],
)
async def test_what_cannot_be_decompressed_does_not_go_on(tools, coding, body, expected):
    backend = Backend()
    assert await code(handler(tools), streamed(body, content_encoding=coding), backend) == expected
    assert await code(handler(tools, mode="detect"), streamed(body, content_encoding=coding), backend) == (200, "")
    assert backend.bodies == [body]


async def test_a_large_body_is_refused_as_soon_as_that_is_known(tools):
    backend, taken = Backend(), []

    async def endless() -> AsyncIterator[bytes]:
        while True:
            taken.append(1)
            yield b" " * 1000

    request = streamed()
    request.arriving(endless())
    assert await code(handler(tools, max_body=10_000), request, backend) == (413, "waf.body_too_large")
    assert len(taken) == 11
    declared = streamed(b"x", content_length=str(5 * 2**30))
    assert await code(handler(tools), declared, backend) == (413, "waf.body_too_large")
    assert backend.bodies == []


@pytest.mark.parametrize("settings", [{"beyond": "pass"}, {"mode": "detect"}])
async def test_a_large_body_passes_where_it_may_and_its_head_is_inspected(tools, settings):
    backend = Backend()
    answering = handler(tools, max_body=10, **settings)
    assert await code(answering, streamed(b"01234567", b"89", b"ab", b"cd"), backend) == (200, "")
    assert backend.bodies == [b"0123456789abcd"]
    request = streamed(b"0" * 20)
    request.query = "q=1'%20or%20'1'='1"
    assert (await code(answering, request, backend))[0] == (403 if "beyond" in settings else 200)


@pytest.mark.parametrize(
    "body",
    [
        b'<!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/passwd">]><a>&b;</a>',
        b"<!DOCTYPE a><a/>",
        '<?xml version="1.0" encoding="utf-16"?><!DOCTYPE a><a/>'.encode("utf-16"),
    ],
)
async def test_xml_with_a_document_type_does_not_go_on(tools, body, capsys):
    backend = Backend()
    assert await code(handler(tools), streamed(body, content_type="application/xml"), backend) == (400, "waf.malformed")
    watching = handler(tools, mode="detect")
    assert await code(watching, streamed(body, content_type="application/xml"), backend) == (200, "")
    lines = [json.loads(line) for line in capsys.readouterr().err.splitlines()]
    assert [line["waf"] for line in lines] == ["blocked", "detected"]
    assert all("crossway/dtd" in one["matches"][-1]["tags"] for one in lines)


async def test_of_a_call_of_grpc_the_head_is_inspected_and_nothing_waits(tools):
    backend = Backend()
    answering = handler(tools, rules='SecRule REQUEST_HEADERS:x-a "@streq b" "id:1,phase:1,deny"')
    assert await code(answering, streamed(ATTACK, content_type="application/grpc"), backend) == (200, "")
    assert await code(answering, streamed(ATTACK, content_type="application/grpc", x_a="b"), backend) == (
        403,
        "waf.blocked",
    )


@pytest.mark.parametrize(
    ("kind", "body", "status"),
    [
        ("text/plain", b"all is well", 200),
        ("text/plain", b"a secret", 502),
        ("application/problem+json", b'"a secret"', 502),
        ("application/octet-stream", b"a secret", 200),
        ("text/plain", b"a secret" + b" " * 100, 200),
    ],
)
async def test_answers_are_inspected_where_that_is_asked_for(tools, kind, body, status):
    rules = 'SecRule RESPONSE_BODY "@contains secret" "id:1,phase:4,deny"'
    backend = Backend(Response(200, {"content-type": kind}, body))
    response = await handler(tools, rules=rules, responses=True, max_response=50)(streamed(GOOD), backend)
    assert response.status == status
    assert backend.received[0].headers["accept-encoding"] == "identity"
    if status == 200:
        assert await response.read() == body
    else:
        assert response.json()["code"] == "waf.response_blocked"


async def test_long_bodies_are_inspected_in_threads_and_so_many_may_wait(tools, monkeypatch):
    backend = Backend()
    body = json.dumps({"note": "the quick brown fox " * 500}).encode()
    answering = handler(tools)
    answers = await asyncio.gather(*(code(answering, streamed(body), backend) for _ in range(20)))
    assert set(answers) == {(200, "")}
    monkeypatch.setattr(module, "MOST_WAITING", 0)
    assert await code(answering, streamed(body), backend) == (503, "waf.overloaded")


async def test_without_its_rules_nothing_goes_on(tools, tmp_path):
    backend = Backend()
    settings = Inspection(rules=f"Include {tmp_path}/none.conf", max_body=100)
    answering = make(settings.model_dump_json().encode(), "routes.a", tools)
    assert await code(answering, streamed(GOOD), backend) == (503, "waf.unavailable")
    assert backend.bodies == []
