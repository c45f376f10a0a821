"""The verbs that ask a running Crossway."""

import json
import re

import pytest

from crossway.admin.server import AdminServer, Pages
from harness.gateway import Gateway
from harness.ports import free_port

CONFIG = """\
gateways: {edge: {listeners: {http: $http}}}
services: {echo: "http://127.0.0.1:9001"}
routes: {echo: {to: echo}}
"""

WELL = {
    "revision": 3,
    "refused": False,
    "resources": 4,
    "findings": [],
    "proxies": [{"id": "one", "view": "*", "address": "unix:", "live": True, "version": "v", "refused": []}],
}
FINDING = {"code": "a.b", "severity": "error", "message": "bad", "path": "routes.a.to", "hint": "", "file": "x.yaml"}
FINDING |= {"line": 2, "column": 3}


async def nothing() -> bytes:
    return b""


async def ready() -> bool:
    return True


async def resources(_view: str) -> list[object]:
    return []


@pytest.fixture
def saying(background):
    """Serve a state at the admin address that is returned."""
    opened = []

    def serve(state) -> str:
        server = AdminServer("127.0.0.1:0", Pages(lambda: state, nothing, ready, resources))
        opened.append(entered := background.entered(server))
        return f"127.0.0.1:{entered.__enter__().port}"

    yield serve
    for entered in opened:
        entered.__exit__(None, None, None)


async def test_a_gateway_that_runs(crossway):
    async with Gateway(CONFIG) as gateway:
        admin = ("--admin", f"127.0.0.1:{gateway.admin}")
        status = crossway("status", *admin)
        assert (status.status, status.err) == (0, "")
        assert re.match(r"revision 1 is live, \d+ resources\nproxy \S+: live", status.out)
        assert json.loads(crossway("status", *admin, "--format", "json").out)["revision"] == 1
        live, planned = (
            crossway("routes", *words, "--format", "json") for words in (admin, ("--config", gateway.file))
        )
        assert json.loads(live.out) == json.loads(planned.out) != []
        live, planned = (crossway("show", "xds", *words) for words in (admin, ("--config", gateway.file)))
        assert live.out == planned.out != ""
        missing = crossway("show", "xds", *admin, "--gateway", "edge")
        assert (missing.status, missing.err) == (2, "crossway: no proxy has this view; there are: *\n")


def test_nobody_answers(crossway):
    port = free_port()
    for verb in (["status"], ["routes"], ["show", "xds"]):
        outcome = crossway(*verb, "--admin", f"127.0.0.1:{port}")
        assert outcome.status == (1 if verb == ["status"] else 2)
        assert outcome.err.startswith(f"crossway: nobody answers at 127.0.0.1:{port} (Connection refused)")
        assert outcome.out == ""


def test_all_is_well(crossway, saying):
    outcome = crossway("status", "--admin", saying(WELL))
    assert (outcome.status, outcome.out) == (
        0,
        "revision 3 is live, 4 resources\nproxy one: live (view *, from unix:)\n",
    )


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"refused": True}, "the newest configuration is REFUSED"),
        ({"findings": [FINDING]}, "x.yaml:2:3: error: routes.a.to: bad [a.b]"),
        ({"proxies": [WELL["proxies"][0] | {"live": False}]}, "proxy one: behind (view *, from unix:)"),
        ({"proxies": [WELL["proxies"][0] | {"refused": ["a", "b"]}]}, "proxy one: refused a, b (view *, from unix:)"),
    ],
)
def test_something_is_wrong(crossway, saying, change, said):
    outcome = crossway("status", "--admin", saying(WELL | change))
    assert outcome.status == 1
    assert said in outcome.out.splitlines()


def test_warnings_are_said_and_are_no_failure(crossway, saying):
    outcome = crossway("status", "--admin", saying(WELL | {"findings": [FINDING | {"severity": "warning"}]}))
    assert outcome.status == 0
    assert "warning: routes.a.to: bad" in outcome.out


def test_the_last_good_snapshot(crossway, saying):
    outcome = crossway("status", "--admin", saying(WELL | {"revision": 0}))
    assert outcome.out.startswith("the last good snapshot of an earlier run is live")


@pytest.mark.parametrize(("trouble", "status"), [("", 0), ("connection refused", 1)])
def test_a_proxy_that_joined(crossway, saying, trouble, status):
    outcome = crossway("status", "--admin", saying({"control": "c:7443", "trouble": trouble, "resources": 4}))
    assert outcome.status == status
    assert outcome.out.startswith("joined the control plane at c:7443, 4 resources\n")
    assert trouble in outcome.out


def test_a_proxy_that_joined_knows_no_routes(crossway, saying):
    outcome = crossway("routes", "--admin", saying(WELL))
    assert outcome.status == 2
    assert "only a control plane can say that" in outcome.err
