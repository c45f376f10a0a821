from datetime import timedelta

import pytest

from crossway.admin.application import PAGES
from crossway.admin.gate import ROLE
from crossway.admin.throttle import MISTAKES
from crossway.admin.tokens import FRESH
from crossway.model import Ref
from crossway.model.access import Role
from harness import client

REALM = 'Bearer realm="crossway"'


async def test_without_a_token_nothing_is_said(admin):
    for path, method in (("/v1/status", "GET"), ("/v1/openapi.json", "GET"), ("/v1/changesets", "POST")):
        answer = await client.request(admin.server.port, path, method=method)
        assert (answer.status, answer.headers["www-authenticate"]) == (401, REALM)
        assert answer.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize(
    "sent",
    [
        "",
        "Bearer",
        "Basic YTpi",
        "Bearer cw_00000000_" + "a" * 43,
        "Bearer cw_00000000_a",
        "Bearer nonsense",
        "Bearer " + "a" * 10_000,
    ],
)
async def test_wrong_tokens(admin, sent):
    answer = await client.request(admin.server.port, "/v1/status", headers={"authorization": sent})
    assert answer.status == 401
    assert answer.headers["www-authenticate"].startswith(REALM)


async def test_nearly_the_right_token_is_wrong(admin):
    for token in (admin.token[:-1], admin.token[:-1] + ("a" if admin.token[-1] != "a" else "b"), admin.token.upper()):
        assert (await admin.ask("/v1/status", token=token)).status == 401
    sent = {"authorization": f"bearer   {admin.token}"}
    assert (await client.request(admin.server.port, "/v1/status", headers=sent)).status == 200


async def test_an_expired_token_is_unknown(admin):
    assert (await admin.ask("/v1/status", token=await admin.grant(Role.ADMIN, expires=timedelta(days=1)))).status == 200
    answer = await admin.ask("/v1/status", token=await admin.grant(Role.ADMIN, expires=timedelta(0)))
    assert answer.status == 401
    assert 'error="invalid_token"' in answer.headers["www-authenticate"]


async def test_a_revoked_token_is_unknown_at_once(admin):
    token = await admin.grant(Role.VIEWER)
    assert (await admin.ask("/v1/status", token=token)).status == 200
    assert (await admin.ask(f"/v1/tokens/{token[3:11]}", "DELETE")).status == 204
    assert (await admin.ask("/v1/status", token=token)).status == 401


async def test_each_role_may_do_what_it_may(admin):
    assert {page.opt[ROLE] for page in PAGES} == set(Role)
    asked = {
        Role.VIEWER: ("/v1/resources", "GET", None),
        Role.EDITOR: ("/v1/changesets", "POST", {}),
        Role.OPERATOR: ("/v1/revisions/0/rollback", "POST", {}),
        Role.ADMIN: ("/v1/tokens", "GET", None),
    }
    for role in Role:
        token = await admin.grant(role)
        for needed, (path, method, body) in asked.items():
            answer = await admin.ask(path, method, body, token=token)
            assert answer.status == (200 if role.includes(needed) else 403), (role, path)
            if answer.status == 403:
                assert answer.json["detail"] == f"this takes the role {needed}, and token:{role} is {role}"


async def test_what_a_token_is_not_for_does_not_exist(admin):
    admin.desk.put(Ref("routes", "own", "team-a"), "own: {to: x}\n")
    admin.desk.put(Ref("routes", "other", "team-b"), "other: {to: x}\n")
    token = await admin.grant(Role.ADMIN, "team-a")
    assert (await admin.ask("/v1/resources/routes/team-a/own", token=token)).status == 200
    foreign = "/v1/resources/routes/team-b/other"
    missing = "/v1/resources/routes/team-b/missing"
    for method, body in (("GET", None), ("PUT", {"to": "y"}), ("DELETE", None)):
        there, nowhere = [await admin.ask(path, method, body, token=token) for path in (foreign, missing)]
        assert there.status == nowhere.status == 404
        assert there.text.replace("other", "missing") == nowhere.text
    assert (await admin.ask("/v1/effective/routes/team-b/other", token=token)).status == 404
    assert (await admin.ask("/v1/secrets/team-b/db", "PUT", {"value": "v"}, token=token)).status == 404
    assert (await admin.ask("/v1/secrets/team-b/db", "DELETE", token=token)).status == 404
    change = {"changes": [{"kind": "routes", "namespace": "team-b", "name": "other", "delete": True}]}
    assert (await admin.ask("/v1/changesets", "POST", change, token=token)).status == 404
    listed = [await admin.ask(path, token=token) for path in ("/v1/resources", "/v1/revisions/head/resources")]
    listed.append(await admin.ask("/v1/resources?namespace=team-b", token=token))
    for answer in [
        *listed,
        *[await admin.ask(f"/v1/{page}", token=token) for page in ("findings", "routes", "status")],
    ]:
        assert answer.status == 200
        assert "team-b" not in answer.text
        assert "other" not in answer.text
    for path in ("/v1/xds", "/v1/audit", "/v1/audit/verify"):
        assert (await admin.ask(path, token=token)).status == 403
    assert admin.desk.applied == []


async def test_who_guesses_is_told_to_wait_and_locks_nobody_out(admin):
    for _ in range(MISTAKES):
        assert (await admin.ask("/v1/tokens", "POST", {}, token="guess")).status == 401
    answer = await admin.ask("/v1/tokens", "POST", {}, token="guess")
    assert answer.status == 429
    assert 0 < int(answer.headers["retry-after"]) <= 60
    assert (await admin.ask("/v1/status")).status == 200
    assert len(admin.ledger.entries) == MISTAKES


async def test_asking_costs_no_query(admin):
    assert FRESH > 1
    reads = admin.ledger.reads
    for token in (admin.token, "cw_00000000_" + "a" * 43) * 5:
        await admin.ask("/v1/status", token=token)
    assert admin.ledger.reads == reads
