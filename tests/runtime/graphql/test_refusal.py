"""What a client is told, in the form that it takes."""

import json

import pytest

from crossway.runtime.graphql.refusal import EVENTS, GRAPHQL_JSON, JSON, Refused, accepts, answer, refusal

each = pytest.mark.parametrize


@each(
    ("accept", "kind"),
    [
        (None, JSON),
        ("", JSON),
        ("*/*", JSON),
        ("text/html", JSON),
        (GRAPHQL_JSON, GRAPHQL_JSON),
        (f"{JSON};q=0.5, {GRAPHQL_JSON.upper()}; charset=utf-8", GRAPHQL_JSON),
        (f"{EVENTS}, {GRAPHQL_JSON}", GRAPHQL_JSON),
        (EVENTS, EVENTS),
        (f"{EVENTS}, {JSON}", JSON),
        (f"{EVENTS}, */*", JSON),
    ],
)
def test_the_media_type_is_the_best_that_the_client_takes(accept: str | None, kind: str):
    assert accepts(accept) == kind


@each(
    ("accept", "status", "kind"),
    [
        (GRAPHQL_JSON, 403, f"{GRAPHQL_JSON}; charset=utf-8"),
        (JSON, 200, JSON),
        (EVENTS, 200, f"{EVENTS}; charset=utf-8"),
    ],
)
def test_an_operation_that_is_refused_has_a_status_for_who_knows_graphql(accept: str, status: int, kind: str):
    said = refusal(Refused("NOT_HERE", "Not here.", 403), accept)
    assert (said.status, said.headers["content-type"]) == (status, kind)
    assert said.headers["cache-control"] == "no-store"


@each("accept", [GRAPHQL_JSON, JSON, EVENTS, None])
def test_what_is_no_request_has_its_status_in_every_form(accept: str | None):
    said = refusal(Refused("WRONG", "This is wrong.", 405, malformed=True, allow="POST"), accept)
    assert (said.status, said.headers["allow"]) == (405, "POST")
    assert "json" in said.headers["content-type"]
    assert said.json() == {"errors": [{"message": "This is wrong.", "extensions": {"code": "WRONG"}}]}


def test_more_stands_beside_the_code():
    refused = Refused("TOO_MUCH", "Too much.", maximum=1)
    assert refused.error == {"message": "Too much.", "extensions": {"code": "TOO_MUCH", "maximum": 1}}
    assert refusal(refused, GRAPHQL_JSON).status == 400


def test_events_are_one_answer_and_the_end():
    errors = [{"message": "a"}, {"message": "b"}]
    said = answer(errors, 200, EVENTS)
    begun, _, rest = said.text.partition("\n\n")
    assert rest == "event: complete\ndata: \n\n"
    kind, _, data = begun.partition("\n")
    assert kind == "event: next"
    assert json.loads(data.removeprefix("data: ")) == {"errors": errors}
    assert "allow" not in said.headers
