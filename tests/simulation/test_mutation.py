import pytest

from crossway.protos.envoy.config.core import v3 as core_v3
from crossway.simulation.arrival import Arrival
from crossway.simulation.mutation import Scene, in_words, mutate

Option = core_v3.HeaderValueOption
SCENE = Scene(Arrival("GET", "a.example.org", "/a?q", {}, "10.0.0.1"), "orders", "")


def option(name: str, value: str, action: int) -> core_v3.HeaderValueOption:
    return Option(header=core_v3.HeaderValue(key=name, value=value), append_action=action)


def changed(headers: dict[str, str], removed: list[str], *added: core_v3.HeaderValueOption) -> dict[str, str]:
    mutate(headers, removed, added, lambda value: SCENE.text(value, headers, "/a?q"))
    return headers


def test_removal_goes_first():
    added = option("x", "1", Option.ADD_IF_ABSENT)
    assert changed({"x": "0"}, ["X"], added) == {"x": "1"}


def test_whether_a_header_is_there_is_asked_before_anything_is_added():
    first, second = option("x", "1", Option.APPEND_IF_EXISTS_OR_ADD), option("x", "2", Option.ADD_IF_ABSENT)
    assert changed({}, [], first, second) == {"x": "1,2"}
    assert changed({"x": "0"}, [], first, second) == {"x": "0,1"}


def test_what_replaces_goes_before_what_is_added():
    added, replaced = (
        option("x", "1", Option.APPEND_IF_EXISTS_OR_ADD),
        option("x", "2", Option.OVERWRITE_IF_EXISTS_OR_ADD),
    )
    assert changed({"x": "0"}, [], added, replaced) == {"x": "2,1"}
    assert changed({}, [], option("x", "1", Option.OVERWRITE_IF_EXISTS)) == {}


@pytest.mark.parametrize(
    ("template", "text"),
    [
        ("100%%", "100%"),
        ("%REQ(:METHOD)%", "GET"),
        ("%REQ(X-NONE?:AUTHORITY)%", "a.example.org"),
        ("%PATH(NQ:ORIG_OR_PATH)%", "/a"),
        ("%ROUTE_NAME%|%UPSTREAM_CLUSTER%", "orders|"),
        ("%DOWNSTREAM_REMOTE_ADDRESS_WITHOUT_PORT%", "10.0.0.1"),
        ("%START_TIME%", "<start_time>"),
    ],
)
def test_variables(template, text):
    assert SCENE.text(template, {"host": "a.example.org"}, "/a?q") == text


def test_a_value_that_comes_to_nothing_is_left_out():
    assert changed({}, [], option("x", "%REQ(x-none)%", Option.OVERWRITE_IF_EXISTS_OR_ADD)) == {}


def test_edits_in_words():
    assert in_words(["a"], [option("b", "1", Option.ADD_IF_ABSENT)]) == ("remove a", "add if absent b: 1")
