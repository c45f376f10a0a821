"""The law of the cache: nobody can tell it from the backend, but by the age of what it gives.

An origin changes, personalises its answers to whoever shows who asks, says in many ways how they may be kept, fails and
recovers. Whatever clients do, an answer is about the right thing, for the right person, and no older than the origin
allowed when it made it; and what was taken back or purged never comes again.
"""

import asyncio
import json
from dataclasses import dataclass, field

from hypothesis import given, settings
from hypothesis import strategies as st

from crossway.compile.program import Purge
from crossway.runtime.caching.handler import LOOK_AGAIN
from crossway.sdk.http import Request, Response
from runtime.caching.world import World, did

SHAREABLE = ("public, max-age=20", "s-maxage=20", "max-age=20, must-revalidate")
RULES = (
    *SHAREABLE,
    "max-age=20",
    "max-age=5, stale-while-revalidate=10, stale-if-error=30",
    "private, max-age=20",
    "no-store",
    "no-cache",
    "max-age=0",
    "",
)
LONGEST = {**dict.fromkeys(RULES, 0), **dict.fromkeys((*SHAREABLE, "max-age=20"), 20), RULES[4]: 35, "": 30}
"""How long after it was made an answer of each kind may be given, stale or not; the settings imply 30 s at most."""


@dataclass
class Origin:
    """What is behind the cache: for each path a version, and since when it is the one."""

    world: World
    versions: dict[str, int] = field(default_factory=dict)
    ends: dict[tuple[str, int], float] = field(default_factory=dict)
    rules: dict[str, tuple[str, bool, bool]] = field(default_factory=dict)
    away: str = ""

    def change(self, path: str) -> None:
        version = self.versions.get(path, 0)
        self.ends[path, version] = self.world.clock.now
        self.versions[path] = version + 1

    async def __call__(self, request: Request) -> Response:
        if self.away == "error":
            return Response(503, {}, "{}")
        if self.away:
            raise ConnectionError("away")
        if request.method == "POST":
            self.change(request.path)
            return Response(204)
        rule, varies, has_etag = self.rules.get(request.path, ("max-age=20", False, True))
        version = self.versions.get(request.path, 0)
        language = request.headers.get("accept-language") if varies else None
        who = (
            None if rule in SHAREABLE else person(request, with_cookies=rule in ("", "private, max-age=20", "no-store"))
        )
        told = {"path": request.path, "version": version, "language": language, "who": who, "rule": rule}
        body = json.dumps(told)
        etag = '"' + body.replace('"', "'") + '"'
        headers = {
            name: value for name, value in (("cache-control", rule), ("etag", etag if has_etag else "")) if value
        }
        if varies:
            headers["vary"] = "accept-language"
        if has_etag and etag in (request.headers.get("if-none-match") or ""):
            return Response(304, headers)
        if request.method == "HEAD":
            return Response(200, {**headers, "content-length": str(len(body))})
        return Response(200, headers, body)


def person(request: Request, *, with_cookies: bool) -> list[str | None] | None:
    shown = [request.headers.get("x-consumer-username"), request.headers.get("authorization")]
    cookie = request.headers.get("cookie") if with_cookies else None
    return [*shown, cookie] if any(shown) or cookie else None


PATHS = st.sampled_from(["/a", "/a", "/a", "/b"])
CLIENTS = (
    {},
    {"cookie": "s=1"},
    {"cookie": "s=2"},
    {"authorization": "one"},
    {"authorization": "two"},
    {"x-consumer-username": "alice"},
    {"x-consumer-username": "bob"},
    {"x-consumer-username": "bob", "authorization": "one"},
    {"x-consumer-username": "bob", "authorization": "two"},
)
WISHES = (
    *({},) * 8,
    {"cache-control": "no-cache"},
    {"cache-control": "no-store"},
    {"cache-control": "max-age=3"},
    {"range": "bytes=0-3"},
    {"if-none-match": "seen"},
)
GET = st.tuples(
    st.just("get"),
    PATHS,
    st.sampled_from(["GET", "GET", "GET", "GET", "HEAD"]),
    st.one_of(st.just({}), st.sampled_from(CLIENTS)),
    st.sampled_from([{}, {"accept-language": "de"}, {"accept-language": "en"}]),
    st.sampled_from(WISHES),
)
DEEDS = st.one_of(
    st.tuples(st.just("pass"), st.sampled_from([0.5, 1.1, 4, 6, 16, 40])),
    st.tuples(st.just("change"), PATHS),
    st.tuples(st.just("post"), PATHS),
    st.tuples(st.just("purge"), PATHS),
    st.tuples(st.just("rule"), PATHS, st.sampled_from(RULES), st.booleans(), st.booleans()),
    st.tuples(st.just("away"), st.sampled_from(["", "", "error", "gone"])),
    *[GET] * 8,
)
SETTINGS = st.fixed_dictionaries(
    {},
    optional={
        "lifetime": st.just("30s"),
        "by": st.just("consumer"),
        "shared": st.just(True),
        "coalesce": st.booleans(),
    },
)


@settings(deadline=None, max_examples=200)
@given(SETTINGS, st.lists(DEEDS, min_size=10, max_size=40))
def test_nobody_can_tell_the_cache_from_the_backend(rules, deeds):
    asyncio.run(live(rules, deeds))


async def live(rules, deeds):
    worlds = [World(rules)]
    if rules.get("shared"):
        worlds.append(World(rules, clock=worlds[0].clock, store=worlds[0].store))
    clock = worlds[0].clock
    origin = Origin(worlds[0])
    for world in worlds:
        world.answer = origin
    seen: dict[str, str] = {}
    purges: list[Purge] = []
    ended: dict[str, float] = {}
    for number, (deed, *what) in enumerate(deeds):
        clock.pass_by(0.001)
        world = worlds[number % len(worlds)]
        if deed == "pass":
            clock.pass_by(what[0])
        elif deed == "change":
            origin.change(what[0])
        elif deed == "rule":
            origin.rules[what[0]] = (what[1], what[2], what[3])
        elif deed == "away":
            origin.away = what[0]
        elif deed == "purge":
            purges.append(Purge(str(number), clock.now, url=what[0]))
            for each in worlds:
                each.memory.purge(purges, clock.now)
            ended[what[0]] = clock.now
        elif deed == "post" and not origin.away:
            await world.send(what[0], "POST")
            clock.pass_by(LOOK_AGAIN if len(worlds) > 1 else 0)
            ended[what[0]] = clock.now
        elif deed == "get":
            path, method, *parts = what
            headers = {name: value for part in parts for name, value in part.items()}
            if "if-none-match" in headers:
                headers = {**headers, "if-none-match": seen.get(path, '"none"')}
            request = Request(method, path, {"host": "shop.example", **headers})
            try:
                response = await world.request(request)
            except ConnectionError:
                assert origin.away
                continue
            check(origin, request, response, clock.now, ended.get(path, 0.0))
            seen[path] = response.headers.get("etag") or '"none"'
        for each in worlds:
            for _ in range(len(each.behind)):
                try:
                    await each.behind.pop(0)()
                except ConnectionError:
                    assert origin.away


def check(origin: Origin, request: Request, response: Response, now: float, ended: float) -> None:
    if response.status == 503:
        assert origin.away == "error"
        return
    assert response.status in (200, 206, 304)
    etag = response.headers.get("etag")
    if etag is not None:
        told = json.loads(etag[1:-1].replace("'", '"'))
        whole = json.dumps(told)
        if response.status == 304:
            assert etag in (request.headers.get("if-none-match") or "")
        elif request.method == "GET":
            assert response.text == (whole[:4] if response.status == 206 else whole)
        assert request.method != "HEAD" or response.body == b""
    elif response.status == 200 and request.method == "GET":
        told = json.loads(response.text)
    else:
        return
    hit = not did(response).startswith("fwd") or "stale-if-error" in did(response) or "collapsed" in did(response)
    assert told["path"] == request.path
    if told["language"] is not None:
        assert told["language"] == request.headers.get("accept-language")
    rule = told["rule"]
    if rule not in SHAREABLE:
        with_cookies = rule in ("", "private, max-age=20", "no-store")
        assert told["who"] == person(request, with_cookies=with_cookies)
    if hit:
        assert rule not in ("private, max-age=20", "no-store", "no-cache")
        assert request.headers.get("cache-control") not in ("no-cache", "no-store")
    end = origin.ends.get((request.path, told["version"]))
    assert end is None or (now - end <= LONGEST[rule] and hit)
    assert end is None or end >= ended, "it was taken back"
