from datetime import UTC, datetime, timedelta

import pytest
import yaml

from crossway.model import Ref
from crossway.model.access import Role

ALICE = Ref("consumers", "alice")
PATH = "/v1/consumers/default/alice/credentials"


@pytest.fixture(autouse=True)
def alice(admin):
    admin.desk.put(ALICE, "  alice: {groups: [gold], credentials: {api_key: [k-first]}}\n")


def kept(admin, ref=ALICE):
    return yaml.safe_load(admin.desk.now[ref].text)[ref.name]["credentials"]


async def test_a_key_is_shown_once(admin):
    answer = await admin.ask(PATH, "POST", {"kind": "api_key", "id": "laptop", "expires": "90d"})
    assert answer.status == 201
    made = answer.json
    secret = made.pop("secret")
    assert secret.startswith("cwk_")
    assert (made["kind"], made["id"], made["username"], made["applied"]["state"]) == ("api_key", "laptop", None, "live")
    assert timedelta(days=89) < datetime.fromisoformat(made["expires"]) - datetime.now(UTC) <= timedelta(days=90)
    assert kept(admin)["api_key"] == ["k-first", {"id": "laptop", "key": secret, "expires": made["expires"]}]
    for page in (PATH, "/v1/audit"):
        assert secret not in (await admin.ask(page)).text
    assert [told[1:] for told in admin.ledger.told][:2] == [
        ("credential.create", "consumers.alice api_key laptop", "begun"),
        ("credential.create", "consumers.alice api_key laptop", "revision 1"),
    ]


async def test_a_password_is_kept_as_a_hash(admin):
    answer = await admin.ask(PATH, "POST", {"kind": "basic_auth"})
    assert (answer.status, answer.json["username"], answer.json["expires"]) == (201, "alice", None)
    (one,) = kept(admin)["basic_auth"]
    assert (one["username"], one["id"], one["password"][:5]) == ("alice", answer.json["id"], "{SHA}")
    assert answer.json["secret"] not in admin.desk.now[ALICE].text


async def test_a_list_says_what_is_there(admin):
    await admin.ask(
        PATH, "POST", {"kind": "basic_auth", "id": "web", "username": "al", "expires": "2099-01-31T00:00:00+01:00"}
    )
    assert (await admin.ask(PATH)).json["items"] == [
        {"kind": "api_key", "id": "1", "username": None, "expires": None},
        {"kind": "basic_auth", "id": "web", "username": "al", "expires": "2099-01-30T23:00:00Z"},
    ]


async def test_one_is_revoked_once(admin):
    assert (await admin.ask(f"{PATH}/api_key/1", "DELETE")).json["state"] == "live"
    assert (await admin.ask(PATH)).json["items"] == []
    assert (await admin.ask(f"{PATH}/api_key/1", "DELETE")).status == 404
    assert admin.ledger.told[0][1:] == ("credential.revoke", "consumers.alice api_key 1", "begun")


async def test_only_a_consumer_has_some(admin):
    for method, path in (("GET", ""), ("POST", ""), ("DELETE", "/api_key/1")):
        url = f"/v1/consumers/default/bob/credentials{path}"
        assert (await admin.ask(url, method, {"kind": "api_key"} if method == "POST" else None)).status == 404


async def test_who_is_bound_reaches_only_their_own(admin):
    admin.desk.put(Ref("consumers", "bob", "team-a"), "  bob: {}\n")
    bound = await admin.grant(Role.EDITOR, "team-a")
    own = "/v1/consumers/team-a/bob/credentials"
    assert (await admin.ask(own, "POST", {"kind": "api_key"}, token=bound)).status == 201
    for method, path in (("GET", ""), ("POST", ""), ("DELETE", "/api_key/1")):
        answer = await admin.ask(
            f"{PATH}{path}", method, {"kind": "api_key"} if method == "POST" else None, token=bound
        )
        assert (answer.status, answer.json["detail"]) == (404, "there is no consumers.alice")
    viewer = await admin.grant(Role.VIEWER)
    assert (await admin.ask(PATH, token=viewer)).status == 200
    assert (await admin.ask(PATH, "POST", {"kind": "api_key"}, token=viewer)).status == 403
    assert (await admin.ask(f"{PATH}/api_key/1", "DELETE", token=viewer)).status == 403


@pytest.mark.parametrize(
    ("changed", "path"),
    [
        ({"kind": "mtls"}, "kind"),
        ({"id": "a b"}, "id"),
        ({"id": "taken"}, "id"),
        ({"username": "alice"}, "username"),
        ({"expires": "soon"}, "expires"),
        ({"expires": "0s"}, "expires"),
        ({"expires": "2020-01-01T00:00:00Z"}, "expires"),
        ({"expires": "2099-01-01T00:00:00"}, "expires"),
        ({"expires": "9999-12-31T23:59:59-14:00"}, "expires"),
    ],
)
async def test_a_credential_that_makes_no_sense(admin, changed, path):
    assert (await admin.ask(PATH, "POST", {"kind": "api_key", "id": "taken"})).status == 201
    answer = await admin.ask(PATH, "POST", {"kind": "api_key"} | changed)
    assert answer.status == 400
    assert [error["path"] for error in answer.json["errors"]] == [path]


async def test_what_is_not_live_is_not_shown(admin):
    for query, status, state in (
        ("dry_run=true", 200, "valid"),
        ("message=take+back", 409, "rolled_back"),
    ):
        answer = await admin.ask(f"{PATH}?{query}", "POST", {"kind": "api_key"})
        assert (answer.status, answer.json["state"]) == (status, state)
        assert "secret" not in answer.json
    answer = await admin.ask(PATH, "POST", {"kind": "api_key", "id": "wrong"})
    assert (answer.status, answer.json["state"]) == (422, "refused")
    assert "secret" not in answer.json


async def test_who_does_not_wait_has_it_all_the_same(admin):
    answer = await admin.ask(f"{PATH}?wait=false", "POST", {"kind": "api_key"})
    assert answer.status == 202
    assert kept(admin)["api_key"][1]["key"] == answer.json["secret"]


async def test_somebody_who_was_quicker_is_not_overwritten(admin):
    tag = (await admin.ask("/v1/resources/consumers/default/alice")).headers["etag"]
    assert (await admin.ask(PATH, "POST", {"kind": "api_key"}, headers={"if-match": tag})).status == 201
    for method, path in (("POST", ""), ("DELETE", "/api_key/1")):
        body = {"kind": "api_key"} if method == "POST" else None
        assert (await admin.ask(f"{PATH}{path}", method, body, headers={"if-match": tag})).status == 412
        assert (await admin.ask(f"{PATH}{path}", method, body, headers={"if-match": '"x", "y"'})).status == 412
        assert (await admin.ask(f"{PATH}{path}", method, body, headers={"if-none-match": "*"})).status == 412
    assert (await admin.ask(f"{PATH}/api_key/1", "DELETE", headers={"if-match": "*"})).status == 200
