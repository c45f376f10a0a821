"""Answers of services as expressions see them."""

import pytest

from crossway.runtime.composing.answers import StepError, read_json
from crossway.sdk.http import Response


@pytest.mark.parametrize(
    "content", [b"", b"{", b"nan", b"1e999", b"\xff", b'"\xff"', b'"\\ud800"', b"[" * 2000, b"1 2"]
)
def test_what_is_no_json(content: bytes) -> None:
    with pytest.raises(ValueError, match=r"^is "):
        read_json(content)


def test_what_is_json() -> None:
    assert read_json(b'{"a": [1, 1.5, "\xc3\xa4", null, 123456789012345678901234567890]}') == {
        "a": [1, 1.5, "ä", None, 123456789012345678901234567890]
    }


def test_an_error_says_which_step_and_what_the_service_said() -> None:
    error = StepError("compose.step_failed", "No.", "user", answer=Response(404, {"content-type": "text/x"}, "gone"))
    assert error.error() == {"step": "user", "code": "compose.step_failed", "detail": "No.", "status": 404}
    details = error.response(relay=False).json()
    assert (details["code"], details["step"], details["backend_status"]) == ("compose.step_failed", "user", 404)
    relayed = error.response(relay=True)
    assert (relayed.status, relayed.body, relayed.headers["content-type"]) == (404, b"gone", "text/x")


def test_without_an_answer_there_is_nothing_to_relay() -> None:
    assert StepError("compose.no_answer", "No.", "user").response(relay=True).status == 502
