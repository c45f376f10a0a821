"""Asking the backend; what the cases cannot say of bodies, headers and purges."""

import pytest

from crossway.sdk.http import Request, Response
from runtime.caching.world import World, did, pieces

FRESH = {"cache-control": "max-age=60"}


async def test_tags_do_not_reach_clients_of_any_answer():
    world = World()
    tagged = {"surrogate-key": "a", "cache-tag": "b"}
    world.says(Response(200, {**FRESH, **tagged}), Response(200, tagged), Response(200, tagged))
    for answer in (await world.send(), await world.send(), await world.send("/b"), await world.send("/c", "POST")):
        assert not {"surrogate-key", "cache-tag"}.intersection(answer.headers)
    world = World({"strip_tags": False})
    world.says(Response(200, {**FRESH, **tagged}))
    for answer in (await world.send(), await world.send()):
        assert answer.headers["surrogate-key"] == "a"


async def test_a_streamed_body_is_kept_when_it_is_all_there():
    world = World({"max_size": 8})
    for target, parts, kept in (("/a", (b"1234", b"5678"), True), ("/b", (b"1234", b"56789"), False), ("/c", (), True)):
        answer = Response(200, FRESH)
        answer.arriving(pieces(*parts))
        world.says(answer)
        assert (await world.send(target)).body == b"".join(parts)
        assert await world.hits(target) is kept


async def test_a_body_is_all_there_with_its_last_byte():
    world = World()
    answer = Response(200, FRESH | {"content-length": "2"})
    answer.arriving(pieces(b"1", b"2"))
    world.says(answer)
    response = await world.handler(Request("GET", "/", {"host": "shop.example"}), world)
    stream = response.stream()
    assert [await anext(stream), await anext(stream)] == [b"1", b"2"]
    await stream.aclose()
    assert await world.hits()


async def test_a_body_that_nobody_reads_to_the_end_is_not_kept():
    world = World()
    answer = Response(200, FRESH)
    answer.arriving(pieces(b"1", b"2", b"3"))
    world.says(answer)
    response = await world.handler(Request("GET", "/", {"host": "shop.example"}), world)
    stream = response.stream()
    assert await anext(stream) == b"1"
    await stream.aclose()
    assert not await world.hits()


async def test_other_errors_of_the_steps_behind_are_theirs():
    world = World({"stale_if_error": "1h"})
    world.says(Response(200, {"cache-control": "max-age=1"}))
    await world.send()
    world.clock.pass_by(2)
    world.says(ValueError("a bug"))
    with pytest.raises(ValueError, match="a bug"):
        await world.send()
    world.says(TimeoutError())
    assert did(await world.send()) == "fwd=stale; detail=stale-if-error"


async def test_an_error_that_may_be_kept_does_not_push_out_what_may_stand_for_it():
    world = World({"stale_if_error": "1h", "negative": {503: "10s"}})
    world.says(Response(200, {"cache-control": "max-age=1"}, "old"), Response(503), Response(503))
    await world.send()
    world.clock.pass_by(2)
    assert [(await world.send()).text, (await world.send()).text] == ["old", "old"]


async def test_a_request_with_conditions_on_a_stale_answer_waits_for_the_others():
    world = World()
    world.says(Response(200, {"cache-control": "max-age=1", "etag": '"a"'}, "one"), Response(304, FRESH))
    await world.send()
    world.clock.pass_by(2)
    answer = await world.send(if_none_match='"a"')
    assert (answer.status, did(answer)) == (304, "fwd=stale; fwd-status=304; stored")
