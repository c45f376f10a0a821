"""Run with `pytest examples/custom_protocol`; through a real Envoy with `pytest examples/custom_protocol --envoy`."""

import pytest

from crossway import Response
from crossway.sdk.testing import Gateway
from examples.custom_protocol.lines import lines


@pytest.fixture(autouse=True)
def till(gateway: Gateway) -> None:
    gateway.use(lines)
    gateway.service(handler=lambda request: Response(200, body="TOTAL=7\n" if b"tea" in request.body else "broken"))


def test_json_is_lines_and_lines_are_json(gateway: Gateway) -> None:
    answer = gateway.post("/", json={"item": "tea", "amount": 2})
    assert (answer.status, answer.json()) == (200, {"total": "7"})
    assert gateway.received()[0].body == b"ITEM=tea\nAMOUNT=2\n"


@pytest.mark.parametrize("message", [[], {"item": "tea\nADMIN=1"}, {"it em": 1}, {"item": {}}])
def test_what_no_line_can_say_never_reaches_the_till(gateway: Gateway, message: object) -> None:
    assert gateway.post("/", json=message).status == 400
    assert gateway.received() == []


def test_an_answer_that_is_none_is_told(gateway: Gateway) -> None:
    assert gateway.post("/", json={"item": "wine"}).status == 502
