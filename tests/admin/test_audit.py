from crossway.admin.throttle import MISTAKES
from crossway.model.access import Role

PATH = "/v1/resources/routes/default/hello"


async def test_a_write_begins_and_becomes_something(admin):
    await admin.ask(PATH, "PUT", {"to": "x"})
    await admin.ask(PATH, "PUT", {"to": "x"})
    await admin.ask(PATH, "PUT", {"to": "wrong"})
    await admin.ask(PATH, "PUT", {"to": "y"}, headers={"if-match": '"old"'})
    await admin.ask(f"{PATH}?message=crash", "PUT", {"to": "y"})
    await admin.ask(PATH, "DELETE")
    await admin.ask("/v1/changesets", "POST", {"documents": [{"name": "a.yaml", "text": "routes: {a: {to: x}}"}]})
    await admin.ask("/v1/revisions/0/rollback", "POST", {})
    put = ("token:first", "resource.put", "routes.hello")
    assert admin.ledger.told == [
        (*put, "begun"),
        (*put, "revision 1"),
        (*put, "begun"),
        (*put, "unchanged"),
        (*put, "begun"),
        (*put, "refused"),
        (*put, "begun"),
        (*put, "412"),
        (*put, "begun"),
        (*put, "500"),
        ("token:first", "resource.delete", "routes.hello", "begun"),
        ("token:first", "resource.delete", "routes.hello", "revision 2"),
        ("token:first", "changeset.apply", "a.yaml", "begun"),
        ("token:first", "changeset.apply", "a.yaml", "revision 3"),
        ("token:first", "revision.rollback", "revision 0", "begun"),
        ("token:first", "revision.rollback", "revision 0", "revision 4"),
    ]
    assert await admin.ledger.verify_audit() is None


async def test_what_is_refused_before_it_begins_has_one_entry(admin):
    viewer = await admin.grant(Role.VIEWER)
    await admin.ask(PATH, "PUT", {"to": "x"}, token=viewer)
    await admin.ask(PATH, "PUT", {"to": "x"}, token="wrong")
    await admin.ask(PATH, "PUT", "{")
    await admin.ask(PATH, "DELETE")
    await admin.ask("/v1/changesets", "POST", {"unknown": 1})
    assert admin.ledger.told == [
        ("token:viewer", "resource.put", PATH, "403"),
        ("nobody", "resource.put", PATH, "401"),
        ("token:first", "resource.put", PATH, "400"),
        ("token:first", "resource.delete", PATH, "404"),
        ("token:first", "changeset.apply", "/v1/changesets", "400"),
    ]


async def test_what_changes_nothing_has_none(admin):
    for path in ("/v1/status", "/v1/tokens", "/v1/audit"):
        await admin.ask(path, token="wrong")
        await admin.ask(path)
    await admin.ask("/v1/explain", "POST", {"method": "GET", "url": "http://a.example"})
    await admin.ask(f"{PATH}?dry_run=true", "PUT", {"to": "x"})
    await admin.ask(
        "/v1/changesets", "POST", {"dry_run": True, "documents": [{"name": "a", "text": "routes: {a: wrong}"}]}
    )
    for _ in range(2 * MISTAKES):
        await admin.ask("/v1/tokens", "POST", {}, token="wrong")
    assert len(admin.ledger.told) < MISTAKES + 1


async def test_what_cannot_be_written_down_is_not_done(admin):
    token = await admin.grant(Role.VIEWER)
    await admin.ask("/v1/status")
    admin.ledger.away = True
    writes = [
        (PATH, "PUT", {"to": "x"}),
        ("/v1/changesets", "POST", {}),
        ("/v1/revisions/0/rollback", "POST", {}),
        ("/v1/secrets/default/db", "PUT", {"value": "v"}),
        ("/v1/tokens", "POST", {"name": "x", "role": "admin"}),
        (f"/v1/tokens/{token[3:11]}", "DELETE", None),
    ]
    for path, method, body in writes:
        answer = await admin.ask(path, method, body)
        assert (answer.status, answer.headers["retry-after"]) == (503, "2"), path
    assert admin.desk.applied == []
    assert admin.desk.values == {}
    assert len(admin.ledger.kept) == 2
    assert admin.ledger.entries == []


async def test_what_was_done_and_cannot_be_written_down_is_said(admin):
    admin.desk.hold.clear()
    original = admin.ledger.audit

    async def once(**fields):
        entry = await original(**fields)
        admin.ledger.away = True
        admin.desk.hold.set()
        return entry

    admin.ledger.audit = once
    assert (await admin.ask(PATH, "PUT", {"to": "x"})).status == 201
    assert "the audit log lacks resource.put routes.hello by token:first, revision 1" in admin.said[0]
