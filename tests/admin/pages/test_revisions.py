from crossway.model import Ref
from crossway.model.access import Role

HELLO = "/v1/resources/routes/default/hello"


async def put(admin, *values):
    for number, value in enumerate(values, 1):
        await admin.ask(f"{HELLO}?message=change%20{number}", "PUT", {"to": value})


async def test_the_history(admin):
    await put(admin, "a", "b", "c")
    first = (await admin.ask("/v1/revisions?limit=2")).json
    assert [(item["number"], item["message"]) for item in first["items"]] == [(3, "change 3"), (2, "change 2")]
    second = (await admin.ask(f"/v1/revisions?before={first['next']}")).json
    assert ([item["number"] for item in second["items"]], second["next"]) == ([1, 0], None)
    (newest,) = first["items"][:1]
    assert newest == (await admin.ask("/v1/revisions/head")).json == (await admin.ask("/v1/revisions/3")).json
    assert (newest["author"], newest["state"], newest["parent"], newest["changed"]) == ("token:first", "live", 2, 1)


async def test_what_a_revision_said(admin):
    await put(admin, "a", "b")
    (item,) = (await admin.ask("/v1/revisions/1/resources")).json["items"]
    assert (item["text"], item["value"], item["revision"]) == ("  hello:\n    to: a\n", {"to": "a"}, 1)
    assert (await admin.ask("/v1/revisions/0/resources")).json == {"items": []}


async def test_what_lies_between(admin):
    await put(admin, "a", "b")
    said = {"kind": "routes", "namespace": "default", "name": "hello"}
    forth = {"differences": [said | {"before": "  hello:\n    to: a\n", "after": "  hello:\n    to: b\n"}]}
    assert (await admin.ask("/v1/revisions/1/diff/head")).json == forth
    assert (await admin.ask("/v1/revisions/2/diff/2")).json == {"differences": []}
    assert (await admin.ask("/v1/revisions/2/diff/0")).json["differences"][0]["after"] is None


async def test_the_way_back(admin):
    await put(admin, "a", "b")
    answer = await admin.ask("/v1/revisions/1/rollback", "POST", {"message": "back", "dry_run": True})
    assert (answer.json["state"], len(admin.desk.history)) == ("valid", 3)
    answer = await admin.ask("/v1/revisions/1/rollback", "POST", {"message": "back"})
    assert (answer.json["state"], answer.json["revision"]) == ("live", 3)
    assert (await admin.ask(HELLO)).json["value"] == {"to": "a"}


async def test_what_is_no_revision(admin):
    for number in ("9", "9" * 19, "9223372036854775808"):
        assert (await admin.ask(f"/v1/revisions/{number}")).status == 404
        assert (await admin.ask(f"/v1/revisions/{number}/rollback", "POST", {})).status == 404
    for number in ("x", "-1", "HEAD", "1.0", "9" * 20, "%D9%A1"):
        assert (await admin.ask(f"/v1/revisions/{number}")).status == 400, number
        assert (await admin.ask(f"/v1/revisions/0/diff/{number}")).status == 400, number


async def test_who_is_bound_sees_that_others_did_something_and_not_what(admin):
    await put(admin, "a")
    token = await admin.grant(Role.OPERATOR, "team-a")
    await admin.ask("/v1/resources/routes/team-a/own?message=mine", "PUT", {"to": "x"}, token=token)
    mine, other, _ = (await admin.ask("/v1/revisions", token=token)).json["items"]
    assert (mine["author"], mine["message"]) == ("token:operator", "mine")
    assert (other["author"], other["message"]) == ("[another namespace]", "")
    (item,) = (await admin.ask("/v1/revisions/0/diff/head", token=token)).json["differences"]
    assert item["namespace"] == "team-a"
    assert Ref("routes", "hello") in admin.desk.now
