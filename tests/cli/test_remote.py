"""Questions to a running Crossway."""

import json
import re

from harness.gateway import Gateway
from harness.ports import free_port

CONFIG = """\
gateways: {edge: {listeners: {http: $http}}}
services: {echo: "http://127.0.0.1:9001"}
routes: {echo: {to: echo}}
"""


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


def test_a_proxy_that_joined_knows_no_routes(crossway, saying):
    outcome = crossway("routes", "--admin", saying({}))
    assert outcome.status == 2
    assert "only a control plane can say that" in outcome.err
