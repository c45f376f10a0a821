import pytest

from crossway.model import Ref

URL = "/v1/changesets"
DOCUMENT = {"name": "shop.yaml", "text": "routes: {a: {to: x}}\nservices: {x: {}}\n"}


async def test_everything_that_a_changeset_says_is_passed_on(admin):
    admin.desk.put(Ref("routes", "old", "team-a"), "old: {}\n")
    body = {
        "documents": [DOCUMENT],
        "prune": True,
        "base": 0,
        "changes": [
            {"kind": "routes", "name": "b", "value": {"to": "x"}, "if_match": ""},
            {"kind": "routes", "namespace": "team-a", "name": "old", "delete": True, "if_match": "*"},
            {"kind": "services", "name": "x", "text": "x: {endpoints: []}\n"},
            {"kind": "namespaces", "name": "team-a", "value": None},
        ],
        "message": "all at once",
    }
    answer = await admin.ask(URL, "POST", body)
    assert (answer.status, answer.json["state"]) == (200, "live")
    (request,) = admin.desk.applied
    assert [(document.name, document.text) for document in request.documents] == [("shop.yaml", DOCUMENT["text"])]
    assert (request.prune, request.base, request.message) == (True, 0, "all at once")
    assert [(change.ref, change.text, change.if_match) for change in request.changes] == [
        (Ref("routes", "b"), "  b:\n    to: x\n", ""),
        (Ref("routes", "old", "team-a"), None, "*"),
        (Ref("services", "x"), "x: {endpoints: []}\n", None),
        (Ref("namespaces", "team-a"), "  team-a: null\n", None),
    ]


@pytest.mark.parametrize(
    ("change", "path"),
    [
        ({"kind": "routes", "name": "a"}, "changes[0]"),
        ({"kind": "routes", "name": "a", "value": 1, "delete": True}, "changes[0]"),
        ({"kind": "routes", "name": "a", "value": 1, "text": "a: 1"}, "changes[0]"),
        ({"kind": "routes", "name": "a/b", "delete": True}, "changes[0].name"),
        ({"kind": "routes", "name": "a", "namespace": "", "delete": True}, "changes[0].namespace"),
        ({"kind": "routes", "name": "a", "delete": True, "if-match": ""}, "changes[0]"),
    ],
)
async def test_a_change_that_makes_no_sense(admin, change, path):
    answer = await admin.ask(URL, "POST", {"changes": [change]})
    assert answer.status == 400
    assert [error["path"] for error in answer.json["errors"]] == [path]


async def test_a_kind_that_there_is_not(admin):
    answer = await admin.ask(URL, "POST", {"changes": [{"kind": "nothing", "name": "a", "delete": True}]})
    assert (answer.status, answer.json["detail"]) == (404, "there is no nothing.a")


async def test_the_audit_log_names_what_it_is_about(admin):
    changes = [{"kind": "routes", "name": f"r{number}", "value": {}} for number in range(30)]
    await admin.ask(URL, "POST", {"documents": [DOCUMENT], "changes": changes})
    target = admin.ledger.entries[-1].target
    assert target.startswith("shop.yaml, routes.default/r0, routes.default/r1, ")
    assert target.endswith("routes.default/r18 and 11 more")
