from crossway.model import Ref


async def test_what_is_live(admin):
    admin.desk.put(Ref("routes", "hello"), "hello: {to: x}\n")
    assert (await admin.ask("/v1/status")).json == {"revision": 0, "resources": 1}
    assert (await admin.ask("/v1/proxies")).json == {"items": [{"id": "edge-1", "seen_by": "token:first"}]}
    assert (await admin.ask("/v1/routes")).json == {"items": [{"route": "hello"}]}
    assert (await admin.ask("/v1/xds")).json == {"items": [{"type": "listeners"}]}
    (finding,) = (await admin.ask("/v1/findings")).json["items"]
    assert finding == {
        "code": "route.unattached",
        "severity": "error",
        "message": "nobody comes here",
        "resource": "routes.hello",
        "path": "routes.hello",
        "expected": None,
        "hint": None,
        "file": None,
        "line": None,
        "column": None,
    }


async def test_a_view_that_there_is_not(admin):
    answer = await admin.ask("/v1/xds?view=inner")
    assert (answer.status, answer.json["detail"]) == (404, "no proxy has this view; there are: *")
