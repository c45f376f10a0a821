"""The verbs, and a real Crossway that runs."""

import json
import re

from crossway.cli.remote import TOKEN
from harness.gateway import Gateway

CONFIG = """\
gateways:
  edge: {listeners: {http: $http}}
services:
  echo: "http://127.0.0.1:9001"
routes:
  hello:
    matches: [{path: /hello}]
    respond: {body: hello}
"""
REFUSED_BY_ENVOY = """\
routes:
  fussy: {priority: 1, matches: [{path: "~/(a{100}){100}"}], to: echo}
  fine: {matches: [{path: /fine}], respond: {body: fine}}
"""


async def test_a_gateway_that_follows_files(crossway):
    async with Gateway(CONFIG) as gateway:
        state = ("--state", gateway.directory / "state")
        status = crossway("status", *state)
        assert (status.status, status.err) == (0, "")
        assert re.match(r"revision 1 is live, \d+ resources\nproxy \S+: live", status.out)
        assert json.loads(crossway("status", *state, "--format", "json").out)["revision"] == 1
        live, planned = (
            crossway("routes", *words, "--format", "json") for words in (state, ("--config", gateway.file))
        )
        assert json.loads(live.out) == json.loads(planned.out) != []
        live, planned = (crossway("show", "xds", *words) for words in (state, ("--config", gateway.file)))
        assert live.out == planned.out != ""
        missing = crossway("show", "xds", *state, "--gateway", "edge")
        assert (missing.status, missing.out) == (2, "")
        assert "there are: *" in missing.err
        applied = crossway("apply", gateway.file, *state)
        assert (applied.status, applied.out) == (2, "")
        assert "files" in applied.err


async def test_a_gateway_that_follows_its_store(crossway, tmp_path):
    async with Gateway(CONFIG, stored=True) as gateway:
        state = ("--state", gateway.directory / "state")
        applied = crossway("apply", gateway.file, "-m", "begin", *state)
        assert (applied.status, applied.out) == (0, "live on 1/1 proxies at revision 1\n"), applied.err
        assert (await gateway.get("/hello")).text == "hello"
        assert crossway("diff", gateway.file, "--prune", *state).status == 0

        url = f"http://localhost:{gateway.port('http')}/hello"
        explained, planned = (
            json.loads(crossway("explain", "GET", url, "--format", "json", *words).out)
            for words in (state, ("--config", gateway.file))
        )
        assert explained == planned
        assert explained["summary"] == "200: route hello answers it"
        (tmp_path / "access.log").write_text((gateway.directory / "out").read_text())
        (asked,) = gateway.access_log
        words = ("--request-id", asked["request_id"], "--log", tmp_path / "access.log")
        happened = json.loads(crossway("explain", *words, *state, "--format", "json").out)
        assert happened["explanation"]["summary"] == "200: route hello answers it"
        assert happened["log"] == asked

        more = tmp_path / "more.yaml"
        more.write_text(REFUSED_BY_ENVOY)
        strict = crossway("apply", more, "--strict", *state)
        assert (strict.status, strict.out.splitlines()[-1]) == (1, "refused: nothing was changed")
        assert "[proxy.refused]" in strict.out
        aside = crossway("apply", more, *state)
        assert aside.status == 3
        assert aside.out.endswith("live on 1/1 proxies at revision 2; in quarantine: routes.fussy\n")
        assert (await gateway.get("/fine")).text == "fine"
        assert crossway("status", *state).status == 1

        deleted = crossway("delete", "route", "fussy", *state)
        assert (deleted.status, deleted.out) == (0, "live on 1/1 proxies at revision 3\n")
        assert crossway("status", *state).status == 0
        back = crossway("rollback", "1", "-m", "oops", *state)
        assert (back.status, back.out) == (0, "live on 1/1 proxies at revision 4\n")
        assert (await gateway.get("/fine")).status == 404
        history = json.loads(crossway("history", *state, "--format", "json").out)
        assert [(one["number"], one["message"]) for one in history] == [(4, "oops"), (3, ""), (2, ""), (1, "begin")]
        assert crossway("audit", "verify", *state).status == 0


async def test_a_token_over_the_network(crossway, tmp_path, monkeypatch):
    async with Gateway(CONFIG, stored=True) as gateway:
        state = ("--state", gateway.directory / "state")
        admin = ("--admin", f"127.0.0.1:{gateway.admin}")
        crossway("apply", gateway.file, *state)
        monkeypatch.delenv(TOKEN, raising=False)
        assert "wants a token" in crossway("get", *admin).err
        made = crossway("tokens", "create", "ci", "--role", "editor", "--namespace", "team-a", *state)
        (tmp_path / "token").write_text(made.out)
        token = ("--token-file", tmp_path / "token")
        team = tmp_path / "team.yaml"
        team.write_text('namespaces: {team-a: {services: {own: "http://127.0.0.1:9002"}}}\n')
        applied = crossway("apply", team, "--prune", *admin, *token)
        assert (applied.status, applied.out) == (0, "live on 1/1 proxies at revision 2\n"), applied.err
        listed = json.loads(crossway("get", *admin, *token, "--format", "json").out)
        assert {one["namespace"] for one in listed if one["kind"] != "namespaces"} == {"team-a"}
        assert crossway("get", "routes", "hello", *admin, *token).err == "crossway: there is no routes.hello\n"
        assert crossway("get", "routes", "hello", *state).status == 0, "it was not pruned"
        assert "takes the role operator" in crossway("rollback", "1", *admin, *token).err
        (made_id,) = (one["id"] for one in json.loads(crossway("tokens", "list", *state, "--format", "json").out)[1:])
        assert crossway("tokens", "revoke", made_id, *state).status == 0
        assert "does not take this token" in crossway("get", *admin, *token).err
