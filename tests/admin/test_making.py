import asyncio
import json

from crossway.admin.making import NDJSON
from crossway.model.access import Role
from harness.admin import raw
from harness.waiting import until

CHANGE = {"changes": [{"kind": "routes", "name": "hello", "value": {"to": "x"}}]}
DIFFERENCE = {
    "kind": "routes",
    "namespace": "default",
    "name": "hello",
    "before": None,
    "after": "  hello:\n    to: x\n",
}
LIVE = {
    "state": "live",
    "revision": 1,
    "live": 0,
    "proxies": 0,
    "quarantined": [],
    "findings": [],
    "differences": [DIFFERENCE],
}


async def lines(admin, body, path="/v1/changesets"):
    answer = await admin.ask(path, "POST", body, headers={"accept": NDJSON})
    assert (answer.status, answer.headers["content-type"]) == (200, NDJSON)
    return [json.loads(line) for line in answer.text.splitlines()]


async def test_one_document_when_it_is_done(admin):
    answer = await admin.ask("/v1/changesets", "POST", CHANGE)
    assert (answer.status, answer.json) == (200, LIVE)


async def test_the_status_says_what_became_of_it(admin):
    hello = {"kind": "routes", "name": "hello"}
    for status, state, body in (
        (200, "valid", CHANGE | {"dry_run": True}),
        (409, "rolled_back", CHANGE | {"message": "take back"}),
        (202, "pending", CHANGE | {"wait": False}),
        (200, "unchanged", CHANGE),
        (422, "refused", {"changes": [hello | {"value": "wrong"}]}),
        (200, "live", {"changes": [hello | {"delete": True}]}),
    ):
        answer = await admin.ask("/v1/changesets", "POST", body)
        assert (answer.status, answer.json["state"]) == (status, state)
        assert answer.headers["content-type"] == "application/json"


async def test_a_refusal_says_why(admin):
    body = {"changes": [{"kind": "routes", "name": "hello", "value": "wrong"}]}
    (finding,) = (await admin.ask("/v1/changesets", "POST", body)).json["findings"]
    assert (finding["code"], finding["severity"], finding["resource"]) == ("field.invalid", "error", "routes.hello")


async def test_a_line_for_each_step(admin):
    assert await lines(admin, CHANGE) == [
        {"step": {"name": "read", "text": "1 changes", "seconds": 0.001}},
        {"step": {"name": "push", "text": "to nobody", "seconds": 0.002}},
        {"step": {"name": "wait", "text": "live on 0/0 proxies", "seconds": 0.002}},
        {"applied": LIVE},
    ]
    assert [list(line) for line in await lines(admin, {}, "/v1/revisions/0/rollback")] == [["applied"]]


async def test_a_line_comes_when_it_is_done(admin):
    admin.desk.hold.clear()
    body = json.dumps(CHANGE)
    head = f"POST /v1/changesets HTTP/1.1\r\nhost: x\r\naccept: {NDJSON}\r\nauthorization: Bearer {admin.token}\r\n"
    reader, writer = await asyncio.open_connection("127.0.0.1", admin.server.port)
    writer.write(f"{head}content-type: application/json\r\ncontent-length: {len(body)}\r\n\r\n{body}".encode())
    async with asyncio.timeout(15):
        assert b'"read"' in await reader.readuntil(b'"read"')
        admin.desk.hold.set()
        assert b'"applied"' in await reader.readuntil(b'"applied"')
    writer.close()
    await writer.wait_closed()


async def test_a_problem_on_the_way_is_the_last_line(admin):
    conflict = {"changes": [CHANGE["changes"][0] | {"if_match": "old"}]}
    problem = {"title": "Precondition Failed", "status": 412, "detail": "routes.hello was changed in revision 0"}
    assert (await lines(admin, conflict))[-1] == {"problem": problem}
    assert (await lines(admin, {"message": "crash"}))[-1]["problem"]["status"] == 500
    assert "secret" not in json.dumps(await lines(admin, {"message": "crash"}))
    assert "a secret thing went wrong" in admin.said[0]


async def test_what_cannot_begin_is_an_answer_of_its_own(admin):
    admin.ledger.away = True
    answer = await admin.ask("/v1/changesets", "POST", CHANGE, headers={"accept": NDJSON})
    assert (answer.status, answer.headers["content-type"]) == (503, "application/problem+json")
    assert admin.desk.applied == []


async def test_who_goes_away_does_not_stop_a_change(admin):
    for accept in (NDJSON, "application/json"):
        admin.desk.hold.clear()
        body = json.dumps({"changes": [{"kind": "routes", "name": "hello", "value": {"to": accept}}]})
        head = f"POST /v1/changesets HTTP/1.1\r\nhost: x\r\naccept: {accept}\r\nauthorization: Bearer {admin.token}\r\n"
        _, writer = await asyncio.open_connection("127.0.0.1", admin.server.port)
        writer.write(f"{head}content-type: application/json\r\ncontent-length: {len(body)}\r\n\r\n{body}".encode())
        changes = len(admin.desk.applied)
        await until(lambda before=changes: len(admin.desk.applied) > before)
        writer.transport.abort()
        admin.desk.hold.set()
        revision = len(admin.desk.history)
        await until(lambda wanted=revision: admin.ledger.told[-1][-1] == f"revision {wanted}")


async def test_nobody_sees_what_does_not_exist_for_them(admin):
    token = await admin.grant(Role.EDITOR, "team-a")
    text = "routes: {hello: {to: wrong}}"
    answer = await admin.ask("/v1/changesets", "POST", {"documents": [{"name": "a", "text": text}]}, token=token)
    assert (answer.status, answer.json["differences"], answer.json["findings"]) == (422, [], [])


async def test_a_request_that_ends_early_is_no_change(admin):
    head = (
        f"POST /v1/changesets HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {admin.token}\r\ncontent-length: 99\r\n\r\n"
    )
    _, writer = await asyncio.open_connection("127.0.0.1", admin.server.port)
    writer.write(head.encode() + b"{")
    await writer.drain()
    writer.close()
    await writer.wait_closed()
    assert (await raw(admin.server.port, b"GET /healthz HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n"))[
        9:12
    ] == b"200"
    assert admin.desk.applied == []
    assert admin.said == []
