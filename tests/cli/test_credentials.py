"""Keys and passwords of consumers, from the command line to a real proxy."""

import json

import pytest

from harness.gateway import Gateway
from harness.upstreams import Echo

PATH = "/v1/consumers/team-a/alice/credentials"
LIVE = {
    "state": "live",
    "revision": 7,
    "live": 1,
    "proxies": 1,
    "quarantined": [],
    "findings": [],
    "differences": [],
}
REFUSED = LIVE | {"state": "refused"}
MADE = {"kind": "basic_auth", "id": "web", "username": "al", "expires": None, "secret": "s3cret", "applied": LIVE}
CONFIG = """\
gateways: {edge: {listeners: {http: $http}}}
services: {echo: "http://127.0.0.1:$echo"}
consumers: {alice: {groups: [gold]}}
routes: {shop: {to: echo, policies: {api_key: {}}}}
"""


def test_create_prints_the_secret_alone(crossway, stand_in):
    stand_in.answers[f"POST {PATH}"] = (201, "application/json", MADE)
    words = ["--kind", "basic_auth", "--id", "web", "--username", "al", "--expires", "90d", "-n", "team-a"]
    outcome = crossway("credentials", "create", "alice", *words, "--admin", stand_in.address)
    assert (outcome.status, outcome.out) == (0, "s3cret\n")
    assert "live on 1/1 proxies at revision 7" in outcome.err
    assert "the password of al is shown; crossway credentials revoke team-a/alice basic_auth web ends it" in outcome.err
    body = {"kind": "basic_auth", "id": "web", "username": "al", "expires": "90d"}
    assert stand_in.asked[0].body == body


@pytest.mark.parametrize(
    ("answer", "status"),
    [
        ((422, "application/json", REFUSED), 1),
        ((409, "application/json", LIVE | {"state": "rolled_back"}), 1),
        ((412, "application/problem+json", {"status": 412, "detail": "somebody else was quicker"}), 1),
        ((404, "application/problem+json", {"status": 404, "detail": "there is no consumers.team-a/alice"}), 2),
        ((201, "application/json", MADE | {"applied": LIVE | {"quarantined": ["routes.shop"]}}), 3),
    ],
)
def test_what_becomes_of_it_is_the_exit_status(crossway, stand_in, answer, status):
    stand_in.answers[f"POST {PATH}"] = answer
    outcome = crossway("credentials", "create", "team-a/alice", "--admin", stand_in.address)
    assert outcome.status == status
    assert ("s3cret" in outcome.out) == (status == 3)


def test_list(crossway, stand_in):
    items = [
        {"kind": "api_key", "id": "1", "username": None, "expires": "2030-01-01T00:00:00Z"},
        {"kind": "basic_auth", "id": "web", "username": "al", "expires": None},
    ]
    stand_in.answers[f"GET {PATH}"] = {"items": items}
    outcome = crossway("credentials", "list", "team-a/alice", "--admin", stand_in.address)
    assert [line.split() for line in outcome.out.splitlines()[1:]] == [
        ["api_key", "1", "-", "2030-01-01T00:00:00"],
        ["basic_auth", "web", "al", "never"],
    ]
    shown = crossway("credentials", "list", "team-a/alice", "--format", "json", "--admin", stand_in.address)
    assert json.loads(shown.out) == items


def test_revoke(crossway, stand_in):
    stand_in.answers[f"DELETE {PATH}/api_key/a.b"] = LIVE
    words = ("team-a/alice", "api_key", "a.b", "-m", "stolen")
    outcome = crossway("credentials", "revoke", *words, "--admin", stand_in.address)
    assert (outcome.status, outcome.out) == (0, "live on 1/1 proxies at revision 7\n")
    assert "message=stolen" in stand_in.asked[0].path


async def test_a_key_opens_a_real_gateway_until_it_is_revoked(crossway):
    async with Echo() as echo, Gateway(CONFIG, stored=True, echo=echo.port) as gateway:
        state = ("--state", gateway.directory / "state")
        assert crossway("apply", gateway.file, *state).status == 0
        made = crossway("credentials", "create", "alice", "--id", "laptop", "--expires", "90d", *state)
        assert made.status == 0, made.err
        key = {"x-api-key": made.out.strip()}

        seen = await gateway.get("/", headers=key)
        assert (seen.status, seen.json["headers"]["x-credential-identifier"]) == (200, "laptop")
        assert "laptop" in crossway("credentials", "list", "alice", *state).out
        shown = crossway("get", "consumers", "alice", *state, "--format", "json").out
        assert made.out.strip() not in shown
        assert made.out.strip().encode() not in (gateway.directory / "state/store.db").read_bytes()

        revoked = crossway("credentials", "revoke", "alice", "api_key", "laptop", *state)
        assert (revoked.status, revoked.out) == (0, "live on 1/1 proxies at revision 3\n"), revoked.err
        assert (await gateway.get("/", headers=key)).status == 401
        assert crossway("credentials", "revoke", "alice", "api_key", "laptop", *state).status == 2


async def test_files_are_changed_where_they_are(crossway):
    async with Gateway(CONFIG, echo=1) as gateway:
        state = ("--state", gateway.directory / "state")
        assert crossway("credentials", "list", "alice", *state).status == 0
        refused = crossway("credentials", "create", "alice", *state)
        assert (refused.status, refused.out) == (2, "")
        assert "this control plane follows files" in refused.err


def test_without_a_crossway_that_runs_it_is_kept_for_the_next_one(crossway, tmp_path):
    file = tmp_path / "gateway.yaml"
    file.write_text(CONFIG.replace("$http", "8080").replace("$echo", "9001"))
    state = ("--state", tmp_path / "state")
    assert crossway("apply", file, *state).status == 0
    made = crossway("credentials", "create", "alice", "--id", "laptop", *state)
    assert made.out.startswith("cwk_")
    assert "it goes live with `crossway run`" in made.err
    assert "laptop" in crossway("credentials", "list", "alice", *state).out
    assert crossway("credentials", "revoke", "alice", "api_key", "laptop", *state).status == 0
