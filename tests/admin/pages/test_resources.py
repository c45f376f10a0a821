import pytest

from crossway.model import REDACTED, Ref

HELLO = "/v1/resources/routes/default/hello"


async def test_one_resource(admin):
    row = admin.desk.put(Ref("routes", "hello", "team-a"), "hello: {to: x}  # why\n")
    answer = await admin.ask("/v1/resources/routes/team-a/hello")
    assert answer.headers["etag"] == f'"{row.etag}"'
    assert answer.json == {
        "kind": "routes",
        "namespace": "team-a",
        "name": "hello",
        "etag": row.etag,
        "revision": 0,
        "value": {"to": "x"},
        "origin": {"document": "routes.team-a/hello", "line": 1},
    }


async def test_one_resource_as_yaml_can_be_put_back(admin):
    await admin.ask(HELLO, "PUT", {"to": "on", "matches": [{"path": "/a/*"}]})
    for kind in ("application/yaml", "text/yaml", "application/yaml, application/json;q=0.5"):
        answer = await admin.ask(HELLO, headers={"accept": kind})
        assert (answer.headers["content-type"], answer.headers["vary"]) == ("application/yaml", "Accept")
        assert answer.text == 'to: "on"\nmatches:\n  - path: /a/*\n'
        put = await admin.ask(HELLO, "PUT", answer.text, headers={"content-type": kind.partition(",")[0]})
        assert put.json["state"] == "unchanged"
    for kind in ("*/*", "application/*", "application/json"):
        assert (await admin.ask(HELLO, headers={"accept": kind})).headers["content-type"] == "application/json"


async def test_what_is_secret_is_not_answered(admin):
    admin.desk.put(Ref("certificates", "shop"), "shop: {certificate: /a, key: hidden}\n")
    admin.desk.put(Ref("certificates", "torn"), "torn: {key: hidden\n")
    for path in ("/v1/resources", "/v1/resources/certificates/default/shop", "/v1/resources/certificates/default/torn"):
        for kind in ("application/json", "application/yaml"):
            answer = await admin.ask(path, headers={"accept": kind})
            assert "hidden" not in answer.text
    for path in ("/v1/revisions/head/resources", "/v1/revisions/0/diff/head"):
        assert "hidden" not in (await admin.ask(path)).text
    assert (await admin.ask("/v1/resources/certificates/default/shop")).json["value"]["key"] == REDACTED
    answer = await admin.ask("/v1/resources/certificates/default/shop", "PUT", {"certificate": "/b"})
    assert answer.status == 200
    assert "hidden" not in answer.text


async def test_a_resource_is_put_and_removed(admin):
    answer = await admin.ask(HELLO, "PUT", {"to": "x"})
    assert (answer.status, answer.json["revision"]) == (201, 1)
    assert answer.headers["etag"] == (await admin.ask(HELLO)).headers["etag"]
    answer = await admin.ask(HELLO, "PUT", "# why\nto: y\n", headers={"content-type": "application/yaml"})
    assert answer.status == 200
    assert admin.desk.now[Ref("routes", "hello")].text == "  hello:\n    # why\n    to: y\n"
    answer = await admin.ask(HELLO, "DELETE")
    assert (answer.status, answer.json["differences"][0]["after"]) == (200, None)
    for method in ("GET", "DELETE"):
        assert (await admin.ask(HELLO, method)).status == 404
    assert [revision.number for revision in admin.desk.history] == [0, 1, 2, 3]


async def test_what_only_was_tried_is_not_there(admin):
    answer = await admin.ask(f"{HELLO}?dry_run=true", "PUT", {"to": "x"})
    assert (answer.status, answer.json["state"]) == (200, "valid")
    assert (await admin.ask(HELLO)).status == 404


@pytest.mark.parametrize(
    "path", ["/v1/resources/nothing/default/a", "/v1/resources/routes/default/a/b", "/v1/resources/routes"]
)
async def test_what_cannot_be_there(admin, path):
    for method in ("GET", "PUT", "DELETE"):
        assert (await admin.ask(path, method, {})).status == 404


@pytest.mark.parametrize("name", ["-a", "a-", "a%20b", "%C3%A4", "a:b", "a" * 254])
async def test_what_is_no_name(admin, name):
    assert (await admin.ask(f"/v1/resources/routes/default/{name}", "PUT", {"to": "x"})).status == 400


async def test_a_body_that_is_not_read(admin):
    for kind, body, status in (
        ("application/yaml", "a: \xff", 201),
        ("application/json", "a: 1", 400),
        ("text/html", "a: 1", 415),
    ):
        assert (await admin.ask(HELLO, "PUT", body, headers={"content-type": kind})).status == status


def names(answer):
    assert answer.status == 200, answer.text
    return [f"{item['kind']}/{item['namespace']}/{item['name']}" for item in answer.json["items"]]


async def test_a_list_is_read_in_pieces_while_it_changes(admin):
    refs = [Ref(kind, name, space) for kind in ("routes", "services") for name in "abcd" for space in ("one", "two")]
    for ref in refs:
        admin.desk.put(ref, f"{ref.name}: {{}}\n")
    seen, cursor, pieces = [], "", 0
    while cursor is not None:
        answer = await admin.ask(f"/v1/resources?limit=3{cursor and f'&cursor={cursor}'}")
        assert len(answer.json["items"]) <= 3
        seen += names(answer)
        cursor, pieces = answer.json["next"], pieces + 1
        admin.desk.put(Ref("gateways", f"new{pieces}"), "new: {}\n")  # before where the list goes on
        admin.desk.now.pop(Ref("services", "d", "one"), None)
    assert seen == [
        f"{ref.kind}/{ref.namespace}/{ref.name}" for ref in sorted(refs) if ref != Ref("services", "d", "one")
    ]
    assert pieces == 5


async def test_a_list_is_narrowed(admin):
    for kind, space, name in (("routes", "one", "a.b"), ("routes", "one", "ab"), ("services", "two", "A.b")):
        admin.desk.put(Ref(kind, name, space), f"{name}: {{}}\n")
    for query, found in {
        "kind=routes": ["routes/one/a.b", "routes/one/ab"],
        "namespace=two": ["services/two/A.b"],
        "name=a*": ["routes/one/a.b", "routes/one/ab"],
        "name=a.b": ["routes/one/a.b"],
        "name=%3F.b": ["routes/one/a.b", "services/two/A.b"],
        "kind=nothing": [],
        "name=" + "*a" * 100: [],
    }.items():
        assert names(await admin.ask(f"/v1/resources?{query}")) == found, query


@pytest.mark.parametrize("query", ["limit=0", "limit=1001", "limit=x", "cursor=x", "cursor=", "name=" + "a" * 254])
async def test_a_list_that_makes_no_sense(admin, query):
    answer = await admin.ask(f"/v1/resources?{query}")
    assert answer.status == 400
    assert [error["path"] for error in answer.json["errors"]] == [query.partition("=")[0]]
