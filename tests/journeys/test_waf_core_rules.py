"""The core rules' own regression tests, through the gateway: which rules match is read in its log."""

import asyncio
import json
import re

import pytest

from harness.core_rules import FOLDER, RULES, stages
from harness.gateway import Gateway
from harness.upstreams import Echo
from harness.waiting import until

pytestmark = [
    pytest.mark.journey,
    pytest.mark.skipif(not (FOLDER.is_dir() and RULES.is_dir()), reason="the core rules, or their tests, are not here"),
]

AT_ONCE = 8
DEADLINE = 15.0
LAST = b"GET /?last=1'%20or%20'1'='1 HTTP/1.1\r\nHost: last\r\nConnection: close\r\n\r\n"
CONFIG = """
gateways: {edge: {policies: {access_log: false}, listeners: {http: $http}}}
services: {echo: "http://127.0.0.1:$echo"}
routes:
  all:
    to: echo
    policies:
      waf:
        level: crs
        mode: detect
        paranoia: 4
        methods: [GET, HEAD, POST, OPTIONS]
        rules: |
          # What the tests ask for, in their README.
          SecAction "id:5,phase:1,nolog,pass,setvar:tx.crs_validate_utf8_encoding=1,\\
            setvar:tx.arg_name_length=100,setvar:tx.arg_length=400,setvar:tx.total_arg_length=64000,\\
            setvar:tx.max_num_args=255,\\
            setvar:'tx.allowed_request_content_type=|application/x-www-form-urlencoded| |multipart/form-data| \\
            |multipart/related| |text/xml| |application/xml| |application/soap+xml| |application/json|'"
"""


OTHERWISE = {
    "the proxy says how the connection is used": "920210-2 920210-3 920210-4 920210-6 920210-7",
    "the length of a body is told as it is": "920180-1 920180-3",
    "a body is inspected without its compression, of which nothing is told": "920450-8",
    "the test is about a version of HTTP that the proxy does not speak": "920430-8",
    "the proxy drops a Referer that is no URL": "941101-1 941110-4",
    "libmodsecurity 3 reads the backslashes of these otherwise": "920460-1 920460-2 920460-3 920460-4 941330-1",
    "libmodsecurity 3 shows XML to rules about whole bodies too, which match its names": (
        "944100-11 944100-12 944100-15 944100-16 944110-11 944110-12 944110-15 944110-16 944120-5 944120-6 944120-22 "
        "944120-23 944120-39 944120-40 944120-56 944120-57 944120-73 944120-74 944120-90 944120-91 944120-107 "
        "944120-108 944120-124 944120-125 944210-5 944210-6 944210-22 944210-23 944210-39 944210-40"
    ),
}
"""The tests that come out otherwise, by the reason."""
REFUSED = 22
"""How many requests the proxy refuses by itself, before any rule sees them: they are no HTTP."""


async def test_the_core_rules_match_what_their_own_tests_say():
    async with Echo() as echo, Gateway(CONFIG, echo=echo.port) as gateway:
        every = list(stages())
        todo = list(enumerate(every))
        ids: dict[int, str | None] = {}

        async def work() -> None:
            while todo:
                number, stage = todo.pop()
                ids[number] = await sent(gateway, stage.raw)

        async with asyncio.TaskGroup() as group:
            for _ in range(AT_ONCE):
                group.create_task(work())
        last = await sent(gateway, LAST)
        assert last is not None
        await until(lambda: last in gateway.log, DEADLINE)
        found = matched(gateway.log)
    wrong = {
        stage.title
        for number, stage in enumerate(every)
        if (name := ids[number]) is not None and (stage.rule in found.get(name, ())) is not stage.matches
    }
    assert len(every) > 2000
    assert wrong == {title for titles in OTHERWISE.values() for title in titles.split()}
    assert list(ids.values()).count(None) == REFUSED


async def sent(gateway: Gateway, raw: bytes) -> str | None:
    """Return the id of the request *raw*; `None` if the proxy has refused it by itself."""
    async with asyncio.timeout(DEADLINE):
        reader, writer = await asyncio.open_connection("127.0.0.1", gateway.port("http"))
        writer.write(raw)
        answer = await reader.read()
        writer.close()
    found = re.search(rb'"x-request-id": "([^"]+)"', answer)
    return found[1].decode() if found else None


def matched(log: str) -> dict[str, set[int]]:
    """Return the rules that have matched, by the id of the request."""
    found: dict[str, set[int]] = {}
    for line in log.splitlines():
        if '{"waf":' in line:
            said = json.loads(line[line.index("{") :])
            found.setdefault(said["request_id"], set()).update(one["rule"] for one in said["matches"])
    return found
