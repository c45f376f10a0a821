import pytest

CHANGESETS = "/v1/changesets"


def errors(answer):
    assert (answer.status, answer.headers["content-type"]) == (400, "application/problem+json")
    return answer.json.get("errors") or answer.json["detail"]


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ("{", "the body is no JSON: Input data was truncated"),
        (
            '{"changes": [{"kind": "a", "name": "b", "value": ' + "[" * 100_000,
            "the body is nested too deeply; 64 levels are enough",
        ),
        ('{"message": "\\ud800"}', "the body is no JSON: Input data was truncated"),
        ("[]", [{"path": "", "message": "Expected object, got array", "expected": "object"}]),
        ('{"mesage": "x"}', [{"path": "", "message": "Object contains unknown field mesage"}]),
        ('{"message": 1}', [{"path": "message", "message": "Expected str, got int", "expected": "str"}]),
        ('{"dry_run": "true"}', [{"path": "dry_run", "message": "Expected bool, got str", "expected": "bool"}]),
        ('{"base": -1}', [{"path": "base", "message": "Expected int >= 0", "expected": "int >= 0"}]),
        (
            '{"changes": [{"kind": "routes", "name": "a", "delete": true}, {"name": "b"}]}',
            [{"path": "changes[1]", "message": "Object missing required field kind"}],
        ),
        (
            '{"changes": [{"kind": "routes", "name": "a"}]}',
            [
                {
                    "path": "changes[0]",
                    "message": "this does not say what is to become of it",
                    "expected": "one of value, text and delete",
                }
            ],
        ),
        (
            '{"changes": [{"kind": "routes", "name": "a", "value": ' + "[" * 65 + "]" * 65 + "}]}",
            [{"path": "changes[0].value", "message": "this is nested too deeply", "expected": "at most 64 levels"}],
        ),
        (
            '{"timeout": "60"}',
            [
                {
                    "path": "timeout",
                    "message": "a duration is a number with a unit, such as 250ms, 15s or 1h30m",
                    "expected": "a number with a unit, such as 60s or 2m, at most 1h",
                }
            ],
        ),
    ],
    ids=lambda value: str(value)[:30],
)
async def test_what_is_wrong_with_a_body(admin, body, said):
    assert errors(await admin.ask(CHANGESETS, "POST", body)) == said
    assert admin.said == []
    assert admin.desk.applied == []


async def test_no_body_at_all(admin):
    assert errors(await admin.ask(CHANGESETS, "POST"))


async def test_only_json_is_read(admin):
    for kind in ("text/plain", "application/x-www-form-urlencoded", "application/msgpack", "nonsense"):
        answer = await admin.ask(CHANGESETS, "POST", {}, headers={"content-type": kind})
        assert answer.status == 415, kind
    answer = await admin.ask(CHANGESETS, "POST", {}, headers={"content-type": "application/json; charset=utf-8"})
    assert answer.status == 200


async def test_settings_may_be_deep_but_not_without_end(admin):
    path = "/v1/resources/routes/default/hello"
    assert (await admin.ask(path, "PUT", "[" * 64 + "]" * 64)).status == 201
    assert (
        errors(await admin.ask(path, "PUT", '{"a":' * 65 + "1" + "}" * 65))[0]["message"] == "this is nested too deeply"
    )
