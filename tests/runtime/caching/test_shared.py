"""The answers that all proxies share: generations, and what is looked out for."""

from crossway.model.caching import Cache
from crossway.runtime.caching.judgement import Asked
from crossway.runtime.caching.purge import KEPT
from crossway.runtime.caching.shared import MOST_VARIES, UNDER_WAY, Shared
from crossway.runtime.caching.stored import Exchange, Stored, complete, keep
from runtime.caching.world import START, Clock, Leaving

URL = "http://h/"
SELECTOR = ("route",)


def stored(at=START, body=b"made", **headers) -> Stored:
    exchange = Exchange(Asked(authorized=False, cookies=False), URL, "default/shop", at, at)
    kept = keep(Cache(), exchange, 200, [("cache-control", "max-age=60"), *headers.items()])
    assert isinstance(kept, Stored)
    return complete(kept, body)


async def test_what_was_put_is_found_by_its_variant():
    store = Leaving(Clock())
    shared = Shared(store)
    for number, language in enumerate(("de", "en")):
        answer = stored(START, language.encode(), vary="accept-language")
        await shared.put(SELECTOR, {"accept-language": language}, answer, START + number)
    found = await Shared(store).find(URL, SELECTOR, {"accept-language": "de"}, START + 9)
    assert found is not None
    assert (found.body, found.looked) == (b"de", START + 9)
    assert await shared.find(URL, SELECTOR, {"accept-language": "fr"}, START) is None
    assert await shared.find(URL, ("other",), {"accept-language": "de"}, START) is None
    assert await shared.find("http://h/b", SELECTOR, {"accept-language": "de"}, START) is None


async def test_what_is_taken_back_is_not_current_and_not_found():
    shared, answer = Shared(Leaving(Clock())), stored()
    await shared.put(SELECTOR, {}, answer, START)
    assert await shared.is_current(answer, START)
    await shared.forget(URL, START + 1)
    assert not await shared.is_current(answer, START + 1)
    assert await shared.find(URL, SELECTOR, {}, START + 1) is None
    await shared.put(SELECTOR, {}, stored(START + 0.5), START + 2)
    assert await shared.find(URL, SELECTOR, {}, START + 2) is None, "it was asked for before"
    await shared.put(SELECTOR, {}, stored(START + 1.5), START + 2)
    assert await shared.find(URL, SELECTOR, {}, START + 2) is not None


async def test_what_is_not_shared_yet_is_current_for_a_while():
    shared, answer = Shared(Leaving(Clock())), stored()
    assert await shared.is_current(answer, START + 1)
    assert not await shared.is_current(answer, START + UNDER_WAY)
    await shared.forget(URL, START + 1)
    assert not await shared.is_current(answer, START + 1)


async def test_everything_ends_in_the_store():
    clock = Clock()
    store = Leaving(clock)
    shared = Shared(store)
    await shared.put(SELECTOR, {}, stored(), START)
    await shared.put(SELECTOR, {"a": "1"}, stored(vary="a", etag='"a"'), START)
    clock.pass_by(200)
    assert await shared.find(URL, SELECTOR, {"a": "1"}, clock()) is None
    await shared.put(SELECTOR, {}, stored(), clock())
    assert await shared.find(URL, SELECTOR, {}, clock()) is None, "it is of no use any more"


async def test_an_url_varies_in_so_many_ways_and_no_more():
    shared = Shared(Leaving(Clock()))
    for number in range(MOST_VARIES + 1):
        await shared.put(SELECTOR, {f"h{number}": "1"}, stored(START, str(number).encode(), vary=f"h{number}"), START)
    assert await shared.find(URL, SELECTOR, {"h0": "1"}, START) is None
    found = await shared.find(URL, SELECTOR, {f"h{MOST_VARIES}": "1"}, START)
    assert found is not None


async def test_nothing_stays_in_the_store_for_longer_than_purges_hold():
    clock = Clock()
    shared, answer = Shared(Leaving(clock)), stored()
    answer.expires = START + 9 * KEPT
    await shared.put(SELECTOR, {}, answer, START)
    clock.pass_by(KEPT - 1)
    assert await shared.find(URL, SELECTOR, {}, clock()) is not None
    clock.pass_by(1)
    assert await shared.find(URL, SELECTOR, {}, clock()) is None
