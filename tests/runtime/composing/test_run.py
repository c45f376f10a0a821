"""What goes wrong, and what the client gets: each has a name."""

import asyncio
import json
from collections.abc import AsyncIterator

import pytest

from crossway.sdk.http import Request, Response
from runtime.composing.services import Answering, Services, answered, echo, never, problem, said, says

each = pytest.mark.parametrize


def raises(error: Exception) -> Answering:
    async def fail(_: Request) -> Response:
        raise error

    return fail


def raw(content: bytes, **headers: str) -> Answering:
    return lambda _: Response(200, {"content-type": "application/json"} | headers, content)


def dying(_: Request) -> Response:
    async def pieces() -> AsyncIterator[bytes]:
        yield b'{"half":'
        raise ConnectionError("it died")

    response = Response(200, {"content-type": "application/json"})
    response.arriving(pieces())
    return response


ONE = "steps: {a: {service: a, path: /a, timeout: 20ms}, b: {service: b, path: /b}}\nmax_body: 1KiB"

WRONG: dict[str, tuple[Answering, int, str]] = {
    "status": (says({}, 503), 502, "compose.step_failed"),
    "no answer": (raises(ConnectionError()), 502, "compose.no_answer"),
    "dies in the middle": (dying, 502, "compose.no_answer"),
    "late": (never, 504, "compose.timeout"),
    "late for the proxy": (raises(TimeoutError()), 504, "compose.timeout"),
    "half of JSON": (raw(b'{"a": '), 502, "compose.malformed"),
    "not UTF-8": (raw(b'"\xff"'), 502, "compose.malformed"),
    "deep": (raw(b"[" * 1020), 502, "compose.malformed"),
    "no number": (raw(b"1e999"), 502, "compose.malformed"),
    "packed": (raw(b"[]", **{"content-encoding": "gzip"}), 502, "compose.malformed"),
    "large": (says("x" * 2000), 502, "compose.too_large"),
}


@each("name", WRONG)
async def test_a_step_that_fails(name: str) -> None:
    answering, status, code = WRONG[name]
    services = Services(a=answering)
    details = await problem(ONE, services)
    assert (details["status"], details["code"], details["step"]) == (status, code, "a")
    assert details["type"] == f"urn:crossway:problem:{code}"
    assert details["detail"].endswith(".")
    assert services.running == 0


@each("name", WRONG)
async def test_a_fallback_makes_it_good(name: str) -> None:
    text = """
    steps: {a: {service: a, path: /a, timeout: 20ms, fallback: {none: true}}, b: {service: b, path: /b}}
    max_body: 1KiB
    body: {a: steps.a.body, code: steps.a.error.code, status: steps.a.status, all: errors}
    """
    answering, _, code = WRONG[name]
    response = await answered(text, Services(a=answering))
    assert "x-compose-failed" not in response.headers
    status = 503 if name == "status" else None
    assert response.json() == {"a": {"none": True}, "code": code, "status": status, "all": []}


@each("name", WRONG)
async def test_what_is_omitted_is_null_and_told(name: str) -> None:
    text = f"{ONE}\non_failure: omit\nbody: {{a: steps.a.body, b: steps.b.status, errors: errors}}"
    answering, _, code = WRONG[name]
    response = await answered(text, Services(a=answering))
    answer = response.json()
    assert response.headers["x-compose-failed"] == "a"
    assert (answer["a"], answer["b"]) == (None, 200)
    ((error,),) = (answer["errors"],)
    assert (error["step"], error["code"]) == ("a", code)


async def test_what_still_runs_is_cancelled_when_a_step_fails_it_all() -> None:
    both = asyncio.Event()

    async def fails(_: Request) -> Response:
        await both.wait()
        return Response(500)

    async def hangs(request: Request) -> Response:
        both.set()
        return await never(request)

    services = Services(a=fails, b=hangs)
    details = await problem(
        'steps: {a: {service: a, path: /a}, b: {service: b, for_each: "[`1`, `2`]", path: "/{item}"}}', services
    )
    assert details["step"] == "a"
    assert services.running == 0


async def test_one_call_of_a_loop_fails_it_all() -> None:
    def third(request: Request) -> Response:
        return Response(500) if request.path == "/3" else echo(request)

    text = 'steps: {a: {service: a, for_each: "[`1`, `2`, `3`, `4`]", path: "/{item}", parallel: 4}}'
    services = Services(a=third)
    assert (await problem(text, services))["code"] == "compose.step_failed"
    assert services.running == 0


async def test_a_client_can_get_what_the_service_said() -> None:
    text = "steps: {a: {service: a, path: /a, on_failure: relay}, b: {service: b, path: /b}}"
    answer = Response(404, {"content-type": "text/plain", "set-cookie": "secret", "retry-after": "3"}, "no such user")
    response = await answered(text, Services(a=lambda _: answer))
    assert (response.status, response.body) == (404, b"no such user")
    fields = dict(response.headers.items())
    assert (fields["content-type"], fields["retry-after"], "set-cookie" in fields) == ("text/plain", "3", False)
    assert (await problem(text, Services(a=raises(ConnectionError()))))["code"] == "compose.no_answer"


async def test_time_is_up() -> None:
    text = "timeout: 20ms\nsteps: {quick: {service: b, path: /b}, slow: {service: a, path: /a}}"
    services = Services(a=never)
    details = await problem(text, services)
    assert (details["status"], details["code"], details["step"]) == (504, "compose.timeout", "slow")
    assert services.running == 0


async def test_time_is_up_and_what_is_there_is_enough() -> None:
    text = """
    timeout: 20ms
    on_failure: omit
    steps:
      quick: {service: b, path: /b}
      slow: {service: a, path: /a}
      after: {service: b, path: "/{steps.slow.body}", fallback: later}
      each: {service: a, for_each: "['x']", path: "/{item}"}
    body:
      quick: steps.quick.status
      slow: steps.slow.body
      after: steps.after.body
      each: steps.each
      errors: errors[].step
    """
    services = Services(a=never)
    answer = await said(text, services)
    assert answer == {"quick": 200, "slow": None, "after": "later", "each": [], "errors": ["slow", "each"]}
    assert services.running == 0


VALUES = {
    "nothing": None,
    "empty": "",
    "a list": ["a"],
    "an object": {"a": 1},
    "the directory above": "..",
    "the directory above, and down": "../admin",
    "the directory above, backwards": "a\\..",
    "here": ".",
    "long": "x" * 40_000,
}


@each("value", VALUES.values(), ids=VALUES)
async def test_what_a_path_cannot_hold(value: object) -> None:
    text = 'steps: {a: {service: a, path: "/users/{body.id}"}}'
    services = Services()
    details = await problem(text, services, Request("POST", "/", json={"id": value}))
    assert (details["status"], details["code"], details["step"]) == (400, "compose.invalid_value", "a")
    assert services.received == []


@each(
    ("value", "path"),
    [
        ("a/b", "/users/a%2Fb.json"),
        ("a?b#c", "/users/a%3Fb%23c.json"),
        ("a\r\nx: y", "/users/a%0D%0Ax%3A%20y.json"),
        ("%2e%2e", "/users/%252e%252e.json"),
        ("ä", "/users/%C3%A4.json"),
        ("...", "/users/....json"),
        (7, "/users/7.json"),
        (1.5, "/users/1.5.json"),
        (True, "/users/true.json"),
    ],
)
async def test_what_stays_within_its_segment(value: object, path: str) -> None:
    services = Services()
    text = 'steps: {a: {service: a, path: "/users/{body.id}.json"}}'
    await said(text, services, Request("POST", "/", json={"id": value}))
    assert services.targets == [path]


async def test_pieces_do_not_lead_upwards_together() -> None:
    text = 'steps: {a: {service: a, path: "/users/{body.a}{body.b}/x"}}'
    services = Services()
    details = await problem(text, services, Request("POST", "/", json={"a": ".", "b": "."}))
    assert details["code"] == "compose.invalid_value"
    text = 'steps: {a: {service: a, path: "/users/.{body.a}/x"}}'
    await said(text, services, Request("POST", "/", json={"a": "well-known"}))
    text = 'steps: {a: {service: a, path: "/users{body.a}.{body.a}/x"}}'
    await said(text, services, Request("POST", "/", json={"a": "/"}))
    assert services.targets == ["/users/.well-known/x", "/users%2F.%2F/x"]


@each("value", ["a\r\nx-admin: 1", "a\nb", "a\x00", "ä", "x" * 20_000])
async def test_what_a_header_cannot_hold(value: str) -> None:
    text = 'steps: {a: {service: a, path: /a, headers: {x-of: "{body.v}"}}}'
    details = await problem(text, Services(), Request("POST", "/", json={"v": value}))
    assert (details["status"], details["code"]) == (400, "compose.invalid_value")
    text = 'steps: {a: {service: a, path: /a}}\nheaders: {x-of: "{steps.a.body}"}'
    details = await problem(text, Services(a=says(value)))
    assert (details["status"], details["code"]) == (502, "compose.unfit_answer")


async def test_a_service_that_says_what_cannot_be_used_is_to_blame() -> None:
    text = 'steps: {a: {service: a, path: /a}, b: {service: b, path: "/{steps.a.body}"}}'
    details = await problem(text, Services(a=says("../etc")))
    assert (details["status"], details["code"], details["step"]) == (502, "compose.invalid_value", "b")


@each(
    ("text", "code"),
    [
        ('steps: {a: {service: a, path: /a, when: "length(body.x)"}}', "compose.invalid_value"),
        ('steps: {a: {service: a, for_each: body, path: "/{item}"}}', "compose.invalid_value"),
        ('steps: {a: {service: a, for_each: "body.l", path: "/a", limit: 2}}', "compose.too_many_items"),
        ('steps: {a: {service: a, for_each: "body.l", path: "/{item}"}}\nmax_calls: 2', "compose.too_many_calls"),
        ("steps: {a: {service: a, path: /a}}\nbody: length(query.x)", "compose.unfit_answer"),
        ("steps: {a: {service: a, path: /a}}\nbody: body.l[0] < 'a'", "compose.unfit_answer"),
        ("steps: {a: {service: a, path: /a}}\nbody: max_by(body.l, &@.x)", "compose.unfit_answer"),
        ("steps: {a: {service: a, path: /a}}\nstatus: query.x", "compose.unfit_answer"),
        ("steps: {a: {service: a, path: /a}}\nstatus: '`99`'", "compose.unfit_answer"),
        ("steps: {a: {service: a, path: /a}}\nbody: '&a'", "compose.unfit_answer"),
        (
            "steps: {a: {service: a, path: /a}}\nheaders: {content-type: text/plain}\nbody: body.l",
            "compose.unfit_answer",
        ),
    ],
)
async def test_expressions_that_give_nothing_of_use(text: str, code: str) -> None:
    assert (await problem(text, Services(), Request("POST", "/", json={"l": [1, 2, 3]})))["code"] == code


async def test_a_loop_whose_list_is_not_there_is_empty() -> None:
    assert await said('steps: {a: {service: a, for_each: query.x, path: "/{item}"}}', Services()) == {"a": []}


@each(
    ("content", "status", "code"),
    [
        (b'{"a":', 400, "compose.malformed_request"),
        (b"[" * 1020, 400, "compose.malformed_request"),
        (b'"' + b"x" * 2000 + b'"', 413, "compose.request_too_large"),
    ],
)
async def test_a_request_that_cannot_be_read(content: bytes, status: int, code: str) -> None:
    text = "steps: {a: {service: a, path: /a}}\nmax_body: 1KiB\nbody: body"
    services = Services()
    details = await problem(text, services, Request("POST", "/", {"content-type": "application/json"}, content))
    assert (details["status"], details["code"]) == (status, code)
    assert services.received == []


async def test_a_request_that_nobody_mentions_is_not_read() -> None:
    request = Request("POST", "/", {"content-type": "application/json"}, b"[" * 5000)
    assert (await answered("steps: {a: {service: a, path: /a}}", Services(), request)).status == 200


async def test_expressions_are_bounded_in_what_they_look_at() -> None:
    content = b"[" + b"2," * 150_000 + b"2]"
    text = "steps: {a: {service: a, path: /a}}\nbody: {n: 'steps.a.body[?@ > `1`] | length(@)'}"
    details = await problem(text, Services(a=raw(content)))
    assert details["code"] == "compose.unfit_answer"
    assert "values" in details["detail"]


async def test_a_text_is_not_joined_without_measure() -> None:
    text = "steps: {a: {service: a, path: /a}}\nbody: join(steps.a.body.glue, steps.a.body.list)"
    content = json.dumps({"glue": "x" * 100_000, "list": ["y"] * 10_000}).encode()
    assert (await problem(text, Services(a=raw(content))))["code"] == "compose.unfit_answer"


async def test_an_answer_does_not_repeat_without_measure() -> None:
    text = "steps: {a: {service: a, path: /a}}\nbody: '[@,@,@,@,@,@,@,@,@]|[@,@,@,@,@,@,@,@]'"
    assert (await problem(text, Services(a=says("x" * 1_048_000))))["code"] == "compose.unfit_answer"
    text = "steps: {a: {service: a, path: /a, method: POST, body: '[body,body,body,body]|[@,@,@,@,@]|[@,@,@,@]'}}"
    request = Request("POST", "/", {}, b"x" * 1_048_000)
    assert (await problem(text, Services(), request))["code"] == "compose.invalid_value"


async def test_all_answers_together_are_bounded() -> None:
    text = 'steps: {a: {service: a, for_each: body, path: "/{item}"}}\nbody: length(steps.a)'
    large = "x" * 1_000_000
    details = await problem(text, Services(a=says(large)), Request("POST", "/", json=list(range(20))))
    assert (details["code"], details["step"]) == ("compose.too_large", "a")
