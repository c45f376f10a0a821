"""What is told of the backends that have answered."""

import asyncio
import base64

import pytest

from crossway.compile.program import BACKEND, CALL, UPSTREAM
from crossway.protos.google import protobuf
from crossway.runtime import upstreams

PASSED_ON = "shop 12 1 - via_upstream  shop 10.0.0.1:80 ."
USERS = f"{CALL}users 3 1 - via_upstream  users 10.0.0.2:80 ."
ORDERS = f"{CALL}orders 7 2 URX via_upstream  orders 10.0.0.3:80 ."
NOBODY = "shop  1 UH no_healthy_upstream  shop  ."
OURSELVES = "said  0 - direct_response    ."


def told(*said: str) -> dict[str, object]:
    """Return what the proxy is told when this was *said* of answers, one after the other."""

    async def answered() -> list[tuple[bytes, bytes]]:
        upstreams.begin()
        for one in said:
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(note(one))
        return upstreams.told()

    headers = asyncio.run(answered())
    if not headers:
        return {}
    ((name, value),) = headers
    assert name == UPSTREAM.encode()
    read = protobuf.Value.FromString(base64.b64decode(value))
    return {
        key: field.string_value if field.HasField("string_value") else field.number_value
        for key, field in read.struct_value.fields.items()
    }


async def note(said: str) -> None:
    upstreams.note(said)


def test_nothing_is_told_of_an_answer_that_no_backend_has_given():
    assert told() == {}


def test_a_route_tells_the_backend_that_the_request_was_passed_on_to():
    backend = {"service": "shop", BACKEND: "shop", "endpoint": "10.0.0.1:80", "details": "via_upstream"}
    assert told(PASSED_ON) == backend | {"attempts": 1, "upstream_duration_ms": 12}


def test_what_has_no_value_is_left_out():
    backend = {"service": "shop", BACKEND: "shop", "flags": "UH", "details": "no_healthy_upstream"}
    assert told(NOBODY) == backend | {"attempts": 1}
    assert told(OURSELVES) == {"details": "direct_response", "attempts": 0}


def test_a_path_may_have_spaces():
    assert told(PASSED_ON.replace("10.0.0.1:80", "/run/my shop.sock"))["endpoint"] == "/run/my shop.sock"


def test_calls_beside_it_are_those_of_the_plugin():
    assert told(USERS, PASSED_ON, ORDERS) == told(PASSED_ON)


def test_an_answer_made_of_several_tells_all_of_them_once():
    assert told(USERS, ORDERS, USERS) == {
        "service": "users,orders",
        "endpoint": "10.0.0.2:80,10.0.0.3:80",
        "details": "via_upstream",
        "flags": "URX",
        "attempts": 4,
        "upstream_duration_ms": 7,
    }


def test_the_last_one_counts_where_a_request_was_passed_on_several_times():
    found = told(PASSED_ON, PASSED_ON.replace("shop", "spare"))
    assert (found["service"], found[BACKEND], found["attempts"]) == ("shop,spare", "spare", 2)


@pytest.mark.parametrize("count", [1, 16, 1000])
def test_it_is_never_more_than_the_proxy_takes(count):
    long = "x" * 1000
    found = told(
        *(f"{CALL}a 1 1 {index} {index}{long} {index}{long} {index}{long} {index}{long} ." for index in range(count))
    )
    assert all(len(text) <= upstreams.LONGEST for text in found.values() if isinstance(text, str))
    assert found["attempts"] == min(count, upstreams.MOST)


def test_outside_of_a_request_nothing_is_noted():
    upstreams.note(PASSED_ON)
    assert upstreams.told() == []
