import pytest

from crossway.sdk.app import Crossway
from crossway.sdk.policies import policy
from crossway.sdk.served import Served
from crossway.sdk.testing import _loop

pytestmark = pytest.mark.journey


@pytest.fixture
def gateway():
    with _loop() as loop:
        found = Served(loop)
        yield found
        found.close()


def test_bodies_pass_as_they_are(gateway):
    cw = Crossway()
    cw.route("/*", to=cw.service("echo", "https://example.com", policies=[policy("retry", 1)]))
    gateway.app(cw)
    gateway.service("echo", lambda request: request.body)
    body = bytes(range(256)) * 1000
    assert gateway.post("/a?b=c", body=body).body == body
    (received,) = gateway.received("echo")
    assert (received.method, received.target, received.body) == ("POST", "/a?b=c", body)


def test_what_is_wrong_with_an_app_is_told(gateway):
    cw = Crossway()
    cw.route("/*", to="nobody")
    gateway.app(cw)
    with pytest.raises(RuntimeError, match="nobody"):
        gateway.get("/")
