"""What is shown of a resource: what somebody wrote, and none of its secrets."""

import pytest

from crossway.daemon.registry import load_policies
from crossway.daemon.showing import Showing
from crossway.model import Origin, Ref
from crossway.model.revision import Row

SHOWING = Showing(load_policies())


def row(kind: str, text: str) -> Row:
    return Row(Ref(kind, "shop"), text, Origin("shop.yaml", 1))


def test_settings_are_shown_as_they_were_written() -> None:
    text = "shop:\n  matches: [{path: /a}] # the way in\n  respond: {body: x}\n"
    assert SHOWING.value(row("routes", text)) == {"matches": [{"path": "/a"}], "respond": {"body": "x"}}


def test_a_secret_is_redacted_wherever_it_stands() -> None:
    shown = SHOWING.value(row("certificates", "shop: {certificate: a.pem, key: very-secret}\n"))
    assert shown == {"certificate": "a.pem", "key": "[redacted]"}


@pytest.mark.parametrize(
    "text",
    ["shop: {certificate: a.pem, kee: very-secret}\n", "shop: [\n", "other: {ca: a.pem}\n"],
    ids=["an unknown field", "no YAML", "another name"],
)
def test_of_what_cannot_be_read_nothing_is_shown(text: str) -> None:
    assert SHOWING.value(row("certificates", text)) is None


def test_a_policy_that_cannot_be_read_hides_its_route() -> None:
    assert SHOWING.value(row("routes", "shop: {respond: {body: x}, policies: {stranger: {key: secret}}}\n")) is None
