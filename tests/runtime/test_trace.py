"""The context that requests have behind Python."""

import pytest

from crossway.compile.program import SPAN, WORD
from crossway.runtime.trace import continued, traceparent

TRACE, OWN, CLIENT = "0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331", "00f067aa0ba902b7"
OTHER = "f" * 32
REPORTED, UNREPORTED = "493c5a02-a2db-9c61-be76-069ff4c9e992", "493c5a02-a2db-4c61-be76-069ff4c9e992"


def context(said: str, **headers: str) -> str:
    fields = {name.replace("_", "-"): value for name, value in headers.items()} | {SPAN: said}
    return traceparent({name.encode(): value.encode() for name, value in fields.items()})


def test_a_request_without_a_span_has_no_context():
    assert traceparent({}) == ""
    assert context("1") == ""


@pytest.mark.parametrize(("request_id", "flags"), [(REPORTED, "01"), (UNREPORTED, "00"), ("order 17", "00")])
def test_the_id_of_a_request_says_whether_a_trace_that_begins_is_reported(request_id, flags):
    assert context(TRACE + OWN, x_request_id=request_id) == f"00-{TRACE}-{OWN}-{flags}"


@pytest.mark.parametrize("drawn", "01")
def test_an_id_that_others_gave_does_not(drawn):
    assert context(TRACE + OWN + drawn, x_request_id=REPORTED) == f"00-{TRACE}-{OWN}-0{drawn}"


@pytest.mark.parametrize("flags", ["00", "01"])
def test_who_began_a_trace_has_decided(flags):
    given = f"00-{TRACE}-{CLIENT}-{flags}"
    assert context(f"{TRACE}{OWN}1", traceparent=given, x_request_id=REPORTED) == f"00-{TRACE}-{OWN}-{flags}"


@pytest.mark.parametrize("given", ["", "-", "00", f"00-{TRACE}", f"00-{TRACE}-{CLIENT}-zz", "a-b-c-d-e-f"])
def test_a_context_that_is_none_is_replaced(given):
    assert context(f"{TRACE}{OWN}", traceparent=given, b3=given) == f"00-{TRACE}-{OWN}-00"


def test_a_trace_that_was_not_continued_decides_nothing():
    given = f"00-{OTHER}-{CLIENT}-00"
    assert context(TRACE + OWN, traceparent=given, x_request_id=REPORTED) == f"00-{TRACE}-{OWN}-01"


def test_in_a_tracer_that_hides_its_span_the_first_one_is_named_after_the_trace():
    assert context(TRACE, x_request_id=REPORTED) == f"00-{TRACE}-{TRACE[16:]}-01"


@pytest.mark.parametrize(
    "given",
    [
        {"b3": f"{TRACE}-{CLIENT}-1"},
        {"b3": f"{TRACE}-{CLIENT}-d-{OWN}"},
        {"x_b3_traceid": TRACE, "x_b3_spanid": CLIENT, "x_b3_sampled": "1"},
        {"traceparent": f"00-{TRACE}-{CLIENT}-01"},
    ],
)
def test_or_else_the_client_is_the_parent(given):
    assert context(TRACE, **given) == f"00-{TRACE}-{CLIENT}-01"


def test_short_ids_of_traces_are_known_again():
    assert context(OWN, b3=f"{OWN}-{CLIENT}-0") == f"00-{'0' * 16}{OWN}-{CLIENT}-00"


def test_the_context_takes_the_place_of_the_one_that_came():
    headers = [(b"traceparent", b"theirs"), (b"a", b"b"), (SPAN.encode(), (TRACE + OWN).encode()), (WORD.encode(), b"")]
    found = continued({"type": "http", "headers": headers})
    context = (b"traceparent", f"00-{TRACE}-{OWN}-00".encode())
    assert found == {"type": "http", "headers": [(b"a", b"b"), (WORD.encode(), b""), context]}


def test_a_request_without_a_span_stays_as_it_is():
    scope = {"headers": [(b"traceparent", b"theirs"), (WORD.encode(), b"")]}
    assert continued(scope) is scope
    assert continued({"headers": []}) == {"headers": []}
