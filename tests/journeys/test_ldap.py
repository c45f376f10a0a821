"""Users of a real directory, at a real gateway."""

import base64

import pytest

from harness.gateway import Gateway
from harness.slapd import Slapd, needed
from harness.upstreams import Echo

pytestmark = [pytest.mark.journey, *needed]

CONFIG = """
gateways: {edge: {listeners: {http: $http}}}
services: {echo: "http://127.0.0.1:$echo"}
consumers: {ada: {groups: [gold], plan: pro}}
routes:
  staff:
    matches: [{path: /staff}]
    to: echo
    policies:
      ldap: {url: $url, user_dn: "uid={username},ou=people,dc=test", groups: {base: "ou=groups,dc=test"}, cache: 0}
      authorize: {allow: [{groups: [staff]}]}
"""


def shown(text: str) -> dict[str, str]:
    return {"authorization": f"Basic {base64.b64encode(text.encode()).decode()}"}


async def test_users_of_a_directory() -> None:
    async with Slapd() as slapd, Echo() as echo, Gateway(CONFIG, url=slapd.url, echo=echo.port) as gateway:
        answer = await gateway.get("/staff", headers=shown("ada:pw-of-ada"))
        assert answer.status == 200, answer.text
        seen = answer.json["headers"]
        assert (seen["x-consumer-username"], seen["x-consumer-groups"]) == ("ada", "gold,staff")
        assert (seen["x-consumer-plan"], seen["x-credential-identifier"]) == ("pro", "ldap")
        assert not {"authorization", "x-crossway-listed"} & seen.keys()
        statuses = [(await gateway.get("/staff", headers=shown(text))).status for text in ("eve:pw-of-eve", "ada:no")]
        assert statuses == [403, 401]
        await slapd.stop()
        away = await gateway.get("/staff", headers=shown("ada:pw-of-ada"))
        assert (away.status, away.headers["content-type"]) == (503, "application/problem+json")
        assert "pw-of-ada" not in gateway.log
