from crossway.model import Ref

PATH = "/v1/resources/routes/default/hello"
REF = Ref("routes", "hello")


async def test_what_a_client_has_is_not_sent_again(admin):
    tag = admin.desk.put(REF, "hello: {to: x}\n").etag
    for condition in (f'"{tag}"', f'W/"{tag}"', f'"x", "{tag}"', "*"):
        answer = await admin.ask(PATH, headers={"if-none-match": condition})
        assert (answer.status, answer.body, answer.headers["etag"]) == (304, b"", f'"{tag}"')
    assert (await admin.ask(PATH, headers={"if-none-match": '"other"'})).status == 200
    assert (await admin.ask(PATH, headers={"if-none-match": "x"})).status == 400


async def put(admin, **conditions):
    headers = {name.replace("_", "-"): value for name, value in conditions.items()}
    return (await admin.ask(PATH, "PUT", {"to": "y"}, headers=headers)).status


async def test_a_change_holds_for_the_version_that_was_seen(admin):
    tag = admin.desk.put(REF, "hello: {to: x}\n").etag
    for refused in ('"other"', f'W/"{tag}"', '"other", "another"', f'"other", W/"{tag}"'):
        assert await put(admin, if_match=refused) == 412, refused
    for refused in ("*", f'"{tag}"', f'W/"{tag}"', f'"other", "{tag}"'):
        assert await put(admin, if_none_match=refused) == 412, refused
    assert await put(admin, if_match=f'"{tag}"', if_none_match=f'"{tag}"') == 412
    assert admin.desk.now[REF].etag == tag
    assert await put(admin, if_match=f'"other", "{tag}"') == 200
    assert await put(admin, if_none_match=f'"{tag}"') == 200
    assert await put(admin, if_match="*") == 200
    assert await put(admin, if_match="nonsense") == 400
    assert (await admin.ask(PATH, "DELETE", headers={"if-match": f'"{tag}"'})).status == 412
    now = admin.desk.now[REF].etag
    assert (await admin.ask(PATH, "DELETE", headers={"if-match": f'"{now}"'})).status == 200


async def test_a_new_resource_has_no_version(admin):
    assert await put(admin, if_match="*") == 412
    assert await put(admin, if_match='"a", "b"') == 412
    assert await put(admin, if_none_match='"a"') == 201
    assert await put(admin, if_none_match="*") == 412


async def test_who_was_slower_is_told_what_changed(admin):
    tag = admin.desk.put(REF, "hello: {to: x}\n").etag
    assert (await admin.ask(PATH, "PUT", {"to": "z"})).status == 200
    answer = await admin.ask(PATH, "PUT", {"to": "y"}, headers={"if-match": f'"{tag}"'})
    assert answer.json == {
        "title": "Precondition Failed",
        "status": 412,
        "detail": "routes.hello was changed in revision 1",
    }
