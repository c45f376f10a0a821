async def test_the_log_is_shown_from_the_newest_on(admin):
    for name in "abc":
        await admin.ask(f"/v1/secrets/default/{name}", "PUT", {"value": "v"})
    first = (await admin.ask("/v1/audit?limit=4")).json
    assert [(item["number"], item["target"], item["outcome"]) for item in first["items"]] == [
        (6, "secrets.c", "done"),
        (5, "secrets.c", "begun"),
        (4, "secrets.b", "done"),
        (3, "secrets.b", "begun"),
    ]
    assert first["next"] == 3
    second = (await admin.ask(f"/v1/audit?before={first['next']}&limit=4")).json
    assert [item["number"] for item in second["items"]] == [2, 1]
    assert second["next"] is None
    assert first["items"][0]["previous"] == first["items"][1]["hash"]


async def test_whether_it_is_whole(admin):
    assert (await admin.ask("/v1/audit/verify")).json == {"entries": 0, "whole": True, "broken_at": None}
    for name in "abc":
        await admin.ask(f"/v1/secrets/default/{name}", "PUT", {"value": "v"})
    assert (await admin.ask("/v1/audit/verify")).json == {"entries": 6, "whole": True, "broken_at": None}
    del admin.ledger.entries[2]
    assert (await admin.ask("/v1/audit/verify")).json == {"entries": 6, "whole": False, "broken_at": 4}
