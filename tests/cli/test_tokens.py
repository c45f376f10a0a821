TOKEN = {"id": "0a1b", "name": "ci", "role": "editor", "namespaces": ["team-a"], "created": "2026-11-22T00:20:38Z"}


def test_create_prints_the_token_alone(crossway, stand_in):
    stand_in.answers["POST /v1/tokens"] = TOKEN | {"token": "cw_0a1b_secret", "expires": None}
    words = ["--role", "editor", "-n", "team-a", "-n", "team-b", "--expires-in", "90d"]
    outcome = crossway("tokens", "create", "ci", *words, "--admin", stand_in.address)
    assert outcome.out == "cw_0a1b_secret\n"
    assert "only time" in outcome.err
    assert stand_in.asked[0].body == {
        "name": "ci",
        "role": "editor",
        "namespaces": ["team-a", "team-b"],
        "expires_in": "90d",
    }


def test_list(crossway, stand_in):
    forever = TOKEN | {"id": "ffff", "namespaces": [], "expires": None}
    stand_in.answers["GET /v1/tokens"] = {"items": [TOKEN | {"expires": "2027-02-20T00:20:38.5Z"}, forever]}
    outcome = crossway("tokens", "list", "--admin", stand_in.address)
    assert [line.split() for line in outcome.out.splitlines()[1:]] == [
        ["0a1b", "ci", "editor", "team-a", "2026-11-22T00:20:38", "2027-02-20T00:20:38"],
        ["ffff", "ci", "editor", "all", "2026-11-22T00:20:38", "never"],
    ]


def test_revoke(crossway, stand_in):
    stand_in.answers["DELETE /v1/tokens/0a1b"] = (200, "application/json", {})
    outcome = crossway("tokens", "revoke", "0a1b", "--admin", stand_in.address)
    assert (outcome.status, outcome.err) == (0, "crossway: the token 0a1b is revoked\n")
