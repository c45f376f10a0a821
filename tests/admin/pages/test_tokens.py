from datetime import UTC, datetime, timedelta

import pytest

from crossway.model.access import Role


async def test_a_token_is_shown_once(admin):
    body = {"name": "ci", "role": "editor", "namespaces": ["team-b", "team-a"], "expires_in": "90d"}
    answer = await admin.ask("/v1/tokens", "POST", body)
    assert answer.status == 201
    made = answer.json
    assert made.pop("token").startswith(f"cw_{made['id']}_")
    assert (made["name"], made["role"], made["namespaces"]) == ("ci", "editor", ["team-a", "team-b"])
    assert datetime.fromisoformat(made["expires"]) - datetime.now(UTC) > timedelta(days=89)
    listed = await admin.ask("/v1/tokens")
    assert listed.json["items"][1] == made
    assert (await admin.ask("/v1/status", token=answer.json["token"])).status == 200
    for page in (listed, await admin.ask("/v1/audit")):
        assert answer.json["token"][12:] not in page.text
        assert admin.ledger.kept[made["id"]].hash not in page.text


async def test_a_token_is_revoked_once(admin):
    token = await admin.grant(Role.VIEWER)
    path = f"/v1/tokens/{token[3:11]}"
    assert (await admin.ask(path, "DELETE")).status == 204
    assert (await admin.ask(path, "DELETE")).status == 404
    assert (await admin.ask("/v1/tokens/%C3%A4", "DELETE")).status == 404
    assert [told[1:] for told in admin.ledger.told][:2] == [
        ("token.revoke", f"token {token[3:11]}", "begun"),
        ("token.revoke", f"token {token[3:11]}", "done"),
    ]


@pytest.mark.parametrize(
    ("changed", "path"),
    [
        ({"name": ""}, "name"),
        ({"name": "a\nb"}, "name"),
        ({"role": "root"}, "role"),
        ({"namespaces": ["a/b"]}, "namespaces[0]"),
        ({"expires_in": "soon"}, "expires_in"),
        ({"expires_in": "99999d"}, "expires_in"),
    ],
)
async def test_a_token_that_makes_no_sense(admin, changed, path):
    answer = await admin.ask("/v1/tokens", "POST", {"name": "ci", "role": "viewer"} | changed)
    assert answer.status == 400
    assert [error["path"] for error in answer.json["errors"]] == [path]
    assert len(admin.ledger.kept) == 1


async def test_an_admin_who_is_bound_makes_none_that_sees_more(admin):
    bound = await admin.grant(Role.ADMIN, "team-a", "team-b")
    other = await admin.grant(Role.VIEWER, "team-c")
    for namespaces, status in (([], 400), (["team-c"], 400), (["team-a", "team-c"], 400), (["team-a"], 201)):
        body = {"name": "x", "role": "admin", "namespaces": namespaces}
        assert (await admin.ask("/v1/tokens", "POST", body, token=bound)).status == status
    listed = (await admin.ask("/v1/tokens", token=bound)).json["items"]
    assert [item["namespaces"] for item in listed] == [["team-a", "team-b"], ["team-a"]]
    for token in (admin.token, other):
        answer = await admin.ask(f"/v1/tokens/{token[3:11]}", "DELETE", token=bound)
        assert (answer.status, answer.json["detail"]) == (404, f"there is no token {token[3:11]}")
    assert (await admin.ask(f"/v1/tokens/{listed[1]['id']}", "DELETE", token=bound)).status == 204
