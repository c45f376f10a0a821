"""Purges over the API: what can be said, who may say it, and what the audit log has of it."""

import pytest

from crossway.compile.program import Purge
from crossway.model import Ref
from crossway.model.access import Role
from harness.desks import NOW

PATH = "/v1/cache/purges"
ROUTE, OTHER = Ref("routes", "shop"), Ref("routes", "api", "blue")


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ({"url": "https://shop.example/a?b=1"}, {"url": "https://shop.example/a?b=1"}),
        ({"url": "https://shop.example:443"}, {"url": "https://shop.example/"}),
        ({"url": "http://[::1]:80/a:80/b"}, {"url": "http://[::1]/a:80/b"}),
        ({"url": "http://shop.example:443/"}, {"url": "http://shop.example:443/"}),
        ({"url": "/a"}, {"url": "/a"}),
        ({"prefix": "https://shop.example"}, {"prefix": "https://shop.example/"}),
        ({"prefix": "/a"}, {"prefix": "/a"}),
        ({"tag": "product/7"}, {"tag": "product/7"}),
        ({"host": "shop.example:8080"}, {"host": "shop.example:8080"}),
        ({"route": "shop"}, {"route": "routes.shop"}),
        ({"route": "blue/api"}, {"route": "routes.blue/api"}),
        ({"everything": True}, {"everything": True}),
        ({"tag": "a", "url": None, "everything": False}, {"tag": "a"}),
    ],
)
async def test_what_is_purged(admin, said, meant):
    admin.desk.put(ROUTE, "shop: {}")
    admin.desk.put(OTHER, "api: {}")
    answer = await admin.ask(PATH, "POST", said)
    assert answer.status == 201
    assert admin.desk.purged == [Purge("p0", NOW.timestamp(), **meant)]
    shown = {word: value.removeprefix("routes.") if word == "route" else value for word, value in meant.items()}
    none = dict.fromkeys(("url", "prefix", "tag", "host", "route")) | {"everything": False}
    expected = none | shown | {"id": "p0", "time": "2026-11-22T00:00:00Z", "soft": False}
    assert answer.json == expected | {"live": 3, "proxies": 3}
    assert (await admin.ask(PATH)).json == {"items": [expected]}


@pytest.mark.parametrize(
    ("said", "path"),
    [
        ({}, "url"),
        ({"soft": True}, "url"),
        ({"everything": False}, "url"),
        ({"url": "/a", "tag": "b"}, "tag"),
        ({"host": "a", "everything": True}, "everything"),
        ({"url": ""}, "url"),
        ({"url": "shop.example/a"}, "url"),
        ({"url": "ftp://shop.example/a"}, "url"),
        ({"url": "https://shop.example?a"}, "url"),
        ({"url": "https://ada@shop.example/"}, "url"),
        ({"url": "/a#b"}, "url"),
        ({"url": "/a b"}, "url"),
        ({"url": "/ä"}, "url"),
        ({"prefix": "/" + "a" * 2048}, "prefix"),
        ({"tag": "a b"}, "tag"),
        ({"tag": "a,b"}, "tag"),
        ({"tag": "a" * 1025}, "tag"),
        ({"host": "https://shop.example"}, "host"),
        ({"route": "a/b/c"}, "route"),
        ({"everything": "yes"}, "everything"),
        ({"tag": "a", "more": 1}, ""),
    ],
)
async def test_what_is_no_purge(admin, said, path):
    answer = await admin.ask(PATH, "POST", said)
    assert (answer.status, answer.json["errors"][0]["path"]) == (400, path)
    assert admin.desk.purged == []
    assert admin.ledger.told[-1][1:] == ("cache.purge", PATH, "400")


async def test_a_route_that_is_not_there(admin):
    answer = await admin.ask(PATH, "POST", {"route": "shop"})
    assert (answer.status, answer.json["detail"]) == (404, "there is no routes.shop")


async def test_a_purge_that_is_not_live_everywhere(admin):
    admin.desk.live = 2
    answer = await admin.ask(PATH, "POST", {"tag": "a", "soft": True})
    assert (answer.status, answer.json["live"], answer.json["proxies"]) == (202, 2, 3)
    assert [entry[1:] for entry in admin.ledger.told[-2:]] == [
        ("cache.purge", "tag a, soft", "begun"),
        ("cache.purge", "tag a, soft", "live on 2/3 proxies"),
    ]


async def test_who_may_purge(admin):
    viewer, editor = await admin.grant(Role.VIEWER), await admin.grant(Role.EDITOR)
    assert (await admin.ask(PATH, "POST", {"tag": "a"}, token=viewer)).status == 403
    assert (await admin.ask(PATH, "POST", {"everything": True}, token=editor)).status == 201
    assert (await admin.ask(PATH, token=viewer)).status == 200


@pytest.mark.parametrize("said", [{"url": "/"}, {"prefix": "/"}, {"tag": "a"}, {"host": "a"}, {"everything": True}])
async def test_who_is_bound_purges_nothing_of_everybody(admin, said):
    bound = await admin.grant(Role.ADMIN, "blue")
    answer = await admin.ask(PATH, "POST", said, token=bound)
    assert (answer.status, "purge by route" in answer.json["detail"]) == (403, True)
    assert admin.desk.purged == []


async def test_who_is_bound_purges_their_routes(admin):
    bound = await admin.grant(Role.EDITOR, "blue")
    admin.desk.put(ROUTE, "shop: {}")
    admin.desk.put(OTHER, "api: {}")
    assert (await admin.ask(PATH, "POST", {"route": "shop"}, token=bound)).status == 404
    assert (await admin.ask(PATH, "POST", {"route": "blue/api"}, token=bound)).status == 201
    await admin.ask(PATH, "POST", {"everything": True})
    assert [one["route"] for one in (await admin.ask(PATH, token=bound)).json["items"]] == ["blue/api"]
    assert len((await admin.ask(PATH)).json["items"]) == 2
