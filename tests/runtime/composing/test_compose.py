"""A composition from outside: what a client asks, what services are asked, what the client gets."""

import asyncio
import json

import pytest

from crossway.compile.program import STEP
from crossway.runtime.composing import compose
from crossway.sdk.http import Request, Response
from runtime.composing.services import Services, answered, echo, never, nothing_behind, problem, said, says, settings

each = pytest.mark.parametrize

PROFILE = """
steps:
  user: {service: users, path: "/users/{path.id}"}
  orders:
    {service: orders, path: /orders, query: {user: "{steps.user.body.id}"}, when: steps.user.body.active, fallback: []}
  details: {service: catalogue, for_each: "steps.orders.body[].sku", path: "/skus/{item}", parallel: 4}
body: "{user: steps.user.body.name, orders: steps.orders.body[].sku, details: steps.details[].body.target}"
"""


async def test_the_page_of_the_issue() -> None:
    user = {"id": 7, "name": "Ada", "active": True}
    services = Services(users=says(user), orders=says([{"sku": "a"}, {"sku": "b"}]))
    answer = await said(PROFILE, services)
    assert answer == {"user": "Ada", "orders": ["a", "b"], "details": ["/skus/a", "/skus/b"]}
    assert services.targets == ["/users/7", "/orders?user=7", "/skus/a", "/skus/b"]


async def test_a_step_that_is_not_made_has_its_fallback() -> None:
    services = Services(users=says({"id": 7, "name": "Ada", "active": False}))
    assert await said(PROFILE, services) == {"user": "Ada", "orders": [], "details": []}
    assert services.targets == ["/users/7"]


async def test_what_waits_for_nothing_runs_at_once() -> None:
    services = Services()
    arrived = asyncio.Barrier(3)

    async def together(request: Request) -> Response:
        await arrived.wait()
        return echo(request)

    services.services = dict.fromkeys(("a", "b", "c"), together)
    text = "steps: {a: {service: a, path: /a}, b: {service: b, path: /b}, c: {service: c, path: /c}}"
    assert list(await said(text, services)) == ["a", "b", "c"]


async def test_a_step_starts_as_soon_as_those_it_mentions_are_done() -> None:
    last = asyncio.Event()

    async def waits(request: Request) -> Response:
        await last.wait()
        return echo(request)

    def opens(request: Request) -> Response:
        last.set()
        return echo(request)

    text = """
    steps:
      slow: {service: slow, path: /slow}
      quick: {service: quick, path: /quick}
      after: {service: after, path: "/after", query: {q: "{steps.quick.status}"}}
    body: steps.after.body.target
    """
    assert await said(text, Services(slow=waits, after=opens)) == "/after?q=200"


async def test_without_a_body_the_answer_has_that_of_each_step() -> None:
    text = """
    steps:
      a: {service: a, path: /a}
      b: {service: b, for_each: "['x', 'y']", path: "/{item}"}
      c: {service: a, path: /c, when: "`false`"}
    """
    services = Services(a=says(1), b=lambda request: Response(json=request.path))
    assert await said(text, services) == {"a": 1, "b": ["/x", "/y"], "c": None}


async def test_expressions_see_the_request() -> None:
    text = """
    steps: {a: {service: a, path: "/{path.id}", query: {z: "{query.z}", h: "{headers.\\"x-one\\"}"}}}
    body:
      id: path.id
      query: query.q
      header: headers."x-one"
      method: method
      consumer: consumer
      body: body.deep[0]
      literal: 3
      list: ["'text'", true, null]
      target: steps.a.body.target
    """
    request = Request(
        "POST",
        "/page/a%20b?q=1&q=2",
        {"X-One": "1", "content-type": "application/json", "x-consumer-username": "ada", "x-consumer-groups": "g,h"},
        b'{"deep": [4]}',
    )
    assert await said(text, Services(), request) == {
        "id": "a b",
        "query": "2",
        "header": "1",
        "method": "POST",
        "consumer": {"name": "ada", "groups": ["g", "h"]},
        "body": 4,
        "literal": 3,
        "list": ["text", True, None],
        "target": "/a%20b?h=1",
    }


async def test_a_call_has_method_headers_and_body() -> None:
    text = """
    steps:
      a:
        service: a
        method: post
        path: /a
        headers: {x-user: "user {path.id}", x-nothing: "{query.none}", accept-language: de}
        body: {id: path.id, all: body}
      b: {service: b, method: PUT, path: /b, headers: {content-type: text/plain}, body: "join('-', ['a', path.id])"}
    body: {a: steps.a.body, b: steps.b.body}
    """
    request = Request("POST", "/page/7", {"accept-language": "en"}, "text")
    answer = await said(text, Services(), request)
    assert json.loads(answer["a"]["body"]) == {"id": "7", "all": "text"}
    assert answer["a"]["method"] == "POST"
    assert answer["a"]["headers"] == {
        "content-type": "application/json",
        "x-user": "user 7",
        "accept-language": "de",
        "content-length": "23",
    }
    assert answer["b"]["body"] == "a-7"
    assert answer["b"]["headers"]["content-type"] == "text/plain"


async def test_calls_say_who_asks_and_in_which_trace_and_no_more() -> None:
    text = """
    forward: [x-tenant]
    steps: {a: {service: a, path: /a, forward: [Authorization]}, b: {service: b, path: /b}}
    """
    passed = {
        "x-consumer-username": "ada",
        "traceparent": "00-1-2-01",
        "b3": "1",
        "x-request-id": "r",
        "accept-language": "en",
        "x-forwarded-for": "203.0.113.1",
    }
    held_back = {"cookie": "c", "user-agent": "u", "accept-encoding": "gzip", "host": "h", "connection": "close"}
    services = Services()
    await said(text, services, Request("GET", "/", passed | held_back | {"x-tenant": "t", "authorization": "secret"}))
    sent = {service: dict(request.headers.items()) for service, request in services.received}
    assert sent["b"] == passed | {"x-tenant": "t", STEP: "b"}
    assert sent["a"] == passed | {"x-tenant": "t", "authorization": "secret", STEP: "a"}


async def test_the_answer_has_status_and_headers() -> None:
    text = """
    steps: {a: {service: a, path: /a, accept: [2xx, 404]}}
    status: "steps.a.status == `404` && `410` || `200`"
    headers: {x-of: "{steps.a.body.n}", x-none: "{query.none}", cache-control: "{steps.a.headers.\\"cache-control\\"}"}
    body: steps.a.body.n
    """
    response = await answered(text, Services(a=lambda _: Response(404, {"cache-control": "no-store"}, json={"n": 1.5})))
    assert response.status == 410
    assert dict(response.headers.items()) == {
        "x-of": "1.5",
        "cache-control": "no-store",
        "content-type": "application/json",
        "content-length": "3",
    }
    assert response.body == b"1.5"


async def test_the_answer_can_be_text() -> None:
    text = """
    steps: {a: {service: a, path: /a}}
    headers: {content-type: text/html}
    body: "join('', ['<h1>', steps.a.body, '</h1>'])"
    """
    response = await answered(text, Services(a=lambda _: Response(200, {"content-type": "text/plain"}, "ä")))
    assert response.body.decode() == "<h1>ä</h1>"
    assert response.headers["content-type"] == "text/html"


async def test_an_answer_without_content_has_none() -> None:
    response = await answered("steps: {a: {service: a, path: /a}}\nstatus: 204", Services())
    assert (response.status, response.body, "content-length" in response.headers) == (204, b"", False)


async def test_a_query_leaves_out_what_is_not_there_and_repeats_what_is_a_list() -> None:
    text = """
    steps:
      a:
        service: a
        path: /a
        query:
          {none: "{query.none}", half: "x{query.none}", list: "{body.ids}", flag: true, n: 3, "odd&name": "{body.odd}"}
    """
    request = Request("POST", "/", json={"ids": [1, None, "b c"], "odd": "&x=/?#%\r\n"})
    services = Services()
    await said(text, services, request)
    assert services.targets == ["/a?list=1&list=b%20c&flag=true&n=3&odd%26name=%26x%3D%2F%3F%23%25%0D%0A"]


async def test_calls_that_are_alike_are_made_once() -> None:
    text = """
    steps:
      a: {service: users, path: /u}
      b: {service: users, path: /u}
      c: {service: users, path: /u, headers: {x: "1"}}
      d: {service: users, path: /u, method: POST}
      e: {service: users, path: /u, method: POST}
      f: {service: users, for_each: "['u', 'v', 'u']", path: "/{item}"}
    body: steps.f[].item
    """
    services = Services()
    assert await said(text, services) == ["u", "v", "u"]
    assert sorted(f"{request.method} {request.target}" for _, request in services.received) == [
        "GET /u",
        "GET /u",
        "GET /v",
        "POST /u",
        "POST /u",
    ]


async def test_a_loop_runs_so_many_calls_at_once_and_keeps_the_order() -> None:
    async def slowly(request: Request) -> Response:
        for _ in range(20 - int(request.path[1:])):
            await asyncio.sleep(0)
        return Response(json=request.path)

    text = """
    steps: {a: {service: a, for_each: body, path: "/{item}", parallel: 3}}
    body: steps.a[].body
    """
    services = Services(a=slowly)
    items = list(range(12))
    assert await said(text, services, Request("POST", "/", json=items)) == [f"/{item}" for item in items]
    assert services.most == 3


@each("status", (301, 404, 500))
async def test_statuses_that_are_taken(status: int) -> None:
    text = "steps: {a: {service: a, path: /a, accept: [404, 5xx]}}\nbody: steps.a.status"
    services = Services(a=says({}, status))
    if status == 301:
        assert (await problem(text, services))["backend_status"] == 301
    else:
        assert await said(text, services) == status


async def test_json_is_read_by_content_type_or_as_told() -> None:
    text = """
    steps:
      auto: {service: a, path: /a}
      json: {service: a, path: /a, encoding: json}
      text: {service: b, path: /b, encoding: text}
      empty: {service: c, path: /c}
    """
    services = Services(
        a=lambda _: Response(200, {"content-type": "text/plain"}, "[1]"),
        b=lambda _: Response(200, {"content-type": "application/hal+json"}, "[1]"),
        c=lambda _: Response(200, {"content-type": "application/json"}),
    )
    assert await said(text, services) == {"auto": "[1]", "json": [1], "text": "[1]", "empty": None}


async def test_a_client_that_leaves_cancels_everything() -> None:
    arrived = asyncio.Barrier(4)

    async def hangs(request: Request) -> Response:
        await arrived.wait()
        return await never(request)

    services = Services(a=hangs, b=hangs)
    text = 'steps: {a: {service: a, path: /}, b: {service: b, for_each: "[`1`, `2`]", path: "/{item}"}}'
    handler = compose(settings(text), "routes/page", services.tools)

    async def client() -> None:
        await handler(Request("GET", "/page/7"), nothing_behind)

    async with asyncio.TaskGroup() as group:
        asking = group.create_task(client())
        await arrived.wait()
        asking.cancel()
    assert asking.cancelled()
    assert services.running == 0
