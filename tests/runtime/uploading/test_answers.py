"""Refusals as answers."""

from crossway.runtime.uploading.answers import refusal
from crossway.runtime.uploading.uploads import RefusedError


def test_a_refusal_is_a_problem_with_its_headers() -> None:
    answer = refusal(RefusedError(507, "upload.storage_full", "There is no room.", retry_after="60"))
    assert (answer.status, answer.headers["retry-after"]) == (507, "60")
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["type"] == "urn:crossway:problem:upload.storage_full"
    assert answer.json()["title"] == "Insufficient Storage"


def test_a_status_of_tus_has_a_title_too_and_a_type_may_be_registered_elsewhere() -> None:
    answer = refusal(RefusedError(460, "upload.checksum_mismatch", "It is wrong."), "https://example.com/wrong", at=3)
    assert {"title": "Checksum Mismatch", "type": "https://example.com/wrong", "at": 3}.items() <= answer.json().items()
