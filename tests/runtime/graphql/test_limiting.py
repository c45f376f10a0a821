"""What passes, and what is refused under which name."""

import json
from collections.abc import AsyncIterator
from hashlib import sha256
from typing import Any, ClassVar

import pytest

from crossway.sdk.http import Request, Response
from runtime.graphql.limited import GRAPHQL, Route, code_of, shop

each = pytest.mark.parametrize

PREFLIGHT = {"graphql_require_preflight": "1"}


def nested(depth: int) -> str:
    return "{a" * depth + "}" * depth


async def test_what_is_within_the_limits_passes_as_it_came():
    route = Route()
    body = b'{ "query" : "query A($n: Int) { a(n: $n) }","variables":{"n":1}, "operationName":"A"}'
    answer = await route.post(body)
    assert (answer.status, answer.json()) == (200, {"data": {}})
    (received,) = route.received
    assert (received.method, received.target, received.body) == ("POST", "/graphql", body)


WRONG: dict[str, tuple[str, object, str]] = {
    "depth": ("depth: 3", nested(4), "MAX_DEPTH_LIMIT"),
    "tokens": ("tokens: 4", "{a b c}", "MAX_TOKENS_LIMIT"),
    "introspection": ("{}", "{__schema{types{name}}}", "INTROSPECTION_DISABLED"),
    "an operation that is not allowed": ("operations: [query]", "mutation {a}", "OPERATION_TYPE_NOT_ALLOWED"),
    "several operations": ("{}", "query A {a} query B {b}", "GRAPHQL_VALIDATION_FAILED"),
    "no document": ("{}", "{a", "GRAPHQL_PARSE_FAILED"),
    "nothing to execute": ("{}", {"variables": {}}, "BAD_REQUEST"),
    "no JSON": ("{}", b"{", "BAD_REQUEST"),
    "a key twice": ("{}", b'{"query": "{a}", "query": "{b}"}', "DUPLICATE_KEY"),
    "a body that is too large": ("max_body: 1KiB", "{a #" + "x" * 1024 + "\n}", "REQUEST_TOO_LARGE"),
    "large variables": ("max_variables: 10", {"query": "{a}", "variables": {"x": "123456"}}, "VARIABLES_TOO_LARGE"),
    "a batch": ("{}", [{"query": "{a}"}] * 2, "BATCH_LIMIT_EXCEEDED"),
    "ten thousand": ("{batch: 100, max_body: 1MiB}", [{"query": "{a}"}] * 10_000, "BATCH_LIMIT_EXCEEDED"),
    "one that is wrong in a batch": ("batch: 2", [{"query": "{a}"}, {"query": "{"}], "GRAPHQL_PARSE_FAILED"),
}


@each("name", WRONG)
async def test_what_is_refused(name: str):
    limits, query, code = WRONG[name]
    route = Route(limits)
    assert await route.code(query) == code
    assert route.received == []


GOOD: dict[str, tuple[str, object]] = {
    "depth": ("depth: 4", nested(4)),
    "depth of a hundred": ("depth: 100", nested(100)),
    "one of several": ("{}", {"query": "query A {a} query B {b}", "operationName": "B"}),
    "a name that is empty": ("{}", {"query": "{a}", "operationName": ""}),
    "a type name": ("{}", "{__typename a{__typename}}"),
    "a batch": ("batch: 2", [{"query": "{a}"}, {"query": "mutation {b}"}]),
    "nothing": ("{}", {"query": "{a}", "variables": None, "extensions": None, "operationName": None}),
}


@each("name", GOOD)
async def test_what_passes(name: str):
    limits, query = GOOD[name]
    assert await Route(limits).code(query) == ""


async def test_an_error_has_the_form_that_the_client_takes():
    for accept, status in ((GRAPHQL, 400), ("application/json", 200)):
        answer = await Route("depth: 1").post("{a{b}}", accept=accept)
        assert (answer.status, answer.headers["content-type"].partition(";")[0]) == (status, accept)


@each("protocol", ["h2c", "websocket, h2c", ""])
async def test_no_connection_leaves_http_but_for_websockets(protocol: str):
    route = Route("get: allow")
    answer = await route.get({"query": "{a}"}, upgrade=protocol)
    assert (answer.status, code_of(answer)) == (400, "BAD_REQUEST")
    assert route.received == []


@each("query", ["?query={a}", "?documentId=a"])
async def test_a_websocket_has_no_operation_in_its_url(query: str):
    headers = {"upgrade": "websocket", "sec-websocket-protocol": "graphql-transport-ws"}
    answer = await Route()(Request("GET", f"/graphql{query}", headers))
    assert (answer.status, code_of(answer)) == (400, "BAD_REQUEST")


async def test_other_parameters_mean_nothing():
    route = Route()
    request = Request("POST", "/graphql?key=1&key=2", {"content-type": "application/json"}, b'{"query":"{a}"}')
    assert (await route(request)).status == 200


class TestGet:
    async def test_a_query_passes(self):
        route = Route()
        answer = await route.get(
            {"query": "{a}", "variables": '{"n": 1}', "operationName": "", "key": "1"}, **PREFLIGHT
        )
        assert (answer.status, answer.json()) == (200, {"data": {}})
        assert route.received[0].query.startswith("query=%7Ba%7D&variables=")

    @each(
        ("parameters", "code"),
        [
            ("query={a}&variables=[]", ""),
            ("query={a}&query={b}", "DUPLICATE_KEY"),
            ("", "BAD_REQUEST"),
            ("query={a{b{c}}}", "MAX_DEPTH_LIMIT"),
            ("query=mutation+{a}", "METHOD_NOT_ALLOWED"),
        ],
    )
    async def test_what_is_refused(self, parameters: str, code: str):
        assert code_of(await Route("depth: 2").get(parameters, **PREFLIGHT)) == code

    @each(
        "header", ["content_type", "apollo_require_preflight", "x_apollo_operation_name", "graphql_require_preflight"]
    )
    async def test_it_needs_what_other_sites_cannot_send(self, header: str):
        assert code_of(await Route().get({"query": "{a}"})) == "CSRF"
        assert code_of(await Route().get({"query": "{a}"}, **{header: "application/json"})) == ""
        assert code_of(await Route().get({"query": "{a}"}, **{header: ""})) == "CSRF"

    async def test_it_may_be_open_or_closed(self):
        assert code_of(await Route("get: allow").get({"query": "{a}"})) == ""
        answer = await Route("get: deny").get({"query": "{a}"}, **PREFLIGHT)
        assert (answer.status, answer.headers["allow"]) == (405, "POST")


async def test_a_batch_costs_what_its_operations_cost_together():
    batch = [{"query": "{customers(first: 3) {id}}"}] * 2
    assert await shop("{cost: 6, batch: 2}").code(batch) == ""
    assert await shop("{cost: 5, batch: 2}").code(batch) == "COST_ESTIMATED_TOO_EXPENSIVE"


async def test_a_field_needs_the_scopes_of_the_schema():
    route = shop()
    for headers, status, code in (
        ({}, 401, "UNAUTHENTICATED"),
        ({"x_crossway_claims": '{"scope": "other"}'}, 403, "UNAUTHORIZED_FIELD_OR_TYPE"),
        ({"x_crossway_claims": '{"scope": "reports"}'}, 200, ""),
        ({"x_consumer_username": "ada", "x_consumer_groups": "reports"}, 200, ""),
    ):
        answer = await route.post("{report {rows}}", **headers)
        assert (answer.status, code_of(answer)) == (status, code)
    assert len(route.received) == 2


async def test_the_backend_does_not_see_the_claims():
    route = shop()
    await route.post("{hello}", x_crossway_claims='{"scope": "a"}')
    assert "x-crossway-claims" not in route.received[0].headers


def hashed(text: str) -> dict[str, Any]:
    return {"persistedQuery": {"version": 1, "sha256Hash": sha256(text.encode()).hexdigest()}}


class TestAutomaticPersistedQueries:
    LIMITS = "{persisted: {automatic: {}}, depth: 2}"

    async def test_a_hash_is_enough_once_the_document_was_sent(self):
        route = Route(self.LIMITS)
        answer = await route.post({"extensions": hashed("{a}")}, accept="application/json")
        assert (answer.status, answer.json()["errors"][0]["message"]) == (200, "PersistedQueryNotFound")
        assert code_of(answer) == "PERSISTED_QUERY_NOT_FOUND"
        assert await route.code({"query": "{a}", "extensions": hashed("{a}")}) == ""
        assert await route.code({"extensions": hashed("{a}"), "variables": {"n": 1}}) == ""
        assert route.received[-1].json() == {"query": "{a}", "variables": {"n": 1}}
        assert route.received[-1].headers["content-length"] == str(len(route.received[-1].body))

    async def test_with_get(self):
        route = Route(self.LIMITS)
        await route.post({"query": "{a}", "extensions": hashed("{a}")})
        parameters = {"extensions": json.dumps(hashed("{a}")), "variables": '{"n":1}', "key": "x y"}
        assert code_of(await route.get(parameters, **PREFLIGHT)) == ""
        assert route.received[-1].params == {"query": "{a}", "variables": '{"n": 1}', "key": "x y"}

    @each(
        ("body", "code"),
        [
            ({"query": "{b}", "extensions": hashed("{a}")}, "PERSISTED_QUERY_HASH_MISMATCH"),
            ({"query": "{a{b{c}}}", "extensions": hashed("{a{b{c}}}")}, "MAX_DEPTH_LIMIT"),
        ],
    )
    async def test_nothing_is_kept_that_is_not_good(self, body: dict[str, Any], code: str):
        route = Route(self.LIMITS)
        assert await route.code(body) == code
        assert await route.code({"extensions": body["extensions"]}) == "PERSISTED_QUERY_NOT_FOUND"


class TestTrustedDocuments:
    LIMITS = "persisted: {only: true, trusted: {}}"
    DOCUMENTS: ClassVar = {"greeting": "query G { hello }"}

    async def test_they_are_known_by_name_and_hash(self):
        route = Route(self.LIMITS, trusted=self.DOCUMENTS)
        text = self.DOCUMENTS["greeting"]
        digest = sha256(text.encode()).hexdigest()
        for body in ({"documentId": "greeting"}, {"documentId": f"sha256:{digest}"}, {"extensions": hashed(text)}):
            assert await route.code(body) == ""
            assert route.received[-1].json() == {"query": text}
        assert await route.code(self.DOCUMENTS["greeting"]) == ""

    async def test_there_are_no_others(self):
        route = Route(self.LIMITS, trusted=self.DOCUMENTS)
        assert await route.code("{a}") == "QUERY_NOT_IN_SAFELIST"
        assert await route.code({"documentId": "other"}) == "PERSISTED_QUERY_NOT_IN_LIST"
        assert route.received == []


async def test_a_stream_is_not_waited_for():
    route = Route()
    told: list[bytes] = []

    async def backend(_: Request) -> Response:
        async def pieces() -> AsyncIterator[bytes]:
            for number in range(3):
                told.append(b"%d" % number)
                yield told[-1]

        answer = Response(200, {"content-type": "text/event-stream"})
        answer.arriving(pieces())
        return answer

    headers = {"content-type": "application/json", "accept": "text/event-stream"}
    answer = await route.handler(Request("POST", "/", headers, b'{"query": "subscription {a}"}'), backend)
    async for piece in answer.stream():
        assert piece == told[-1]
    assert len(told) == 3
