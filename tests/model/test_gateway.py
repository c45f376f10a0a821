import pytest
from pydantic import ValidationError

from crossway.model import Gateway, Listener, Protocol, TlsProfile

TLS = {"certificates": ["web"]}


def test_the_short_form():
    assert Gateway.model_validate({"listeners": {"http": 80}}).listeners["http"] == Listener(port=80)


def test_the_defaults():
    listener = Listener(port=80, tls=TLS)
    assert (listener.protocol, listener.address, listener.http3) == (Protocol.HTTP, "0.0.0.0", False)
    assert listener.tls.profile is TlsProfile.INTERMEDIATE
    assert listener.tls.client is None
    assert Listener(port=80, tls={**TLS, "client": {"ca": "x"}}).tls.client.required


@pytest.mark.parametrize(
    "listener",
    [
        {},
        {"port": 0},
        {"port": 65536},
        {"port": "http"},
        {"port": 80, "address": "localhost"},
        {"port": 80, "address": "127.0.0.1:80"},
        {"port": 80, "protocol": "smtp"},
        {"port": 80, "hostnames": ["a b"]},
        {"port": 80, "http3": True},
        {"port": 80, "redirect_to_https": True, "tls": TLS},
        {"port": 80, "tls": {"certificates": []}},
        {"port": 80, "tls": {}},
        {"port": 80, "tls": {**TLS, "profile": "old"}},
        {"port": 80, "protocol": "udp", "tls": TLS},
        {"port": 80, "protocol": "tls", "tls": TLS},
        {"port": 80, "protocol": "tcp", "redirect_to_https": True},
        {"port": 80, "protocol": "tcp", "tls": TLS, "http3": True},
        {"port": 80, "protocol": "tcp", "hostnames": ["a.test"]},
        {"port": 80, "protocol": "udp", "hostnames": ["a.test"]},
        {"port": 80, "protocol": "udp", "proxy_protocol": True},
        {"port": 80, "policies": []},
    ],
)
def test_a_listener_that_is_none(listener):
    with pytest.raises(ValidationError):
        Listener.model_validate(listener)


@pytest.mark.parametrize(
    "listener",
    [
        {"port": 1, "protocol": "tcp", "tls": TLS, "hostnames": ["a.test"]},
        {"port": 65535, "protocol": "tls", "hostnames": ["*.a.test"]},
        {"port": 80, "address": "::", "redirect_to_https": True},
        {"port": 80, "tls": TLS, "http3": True, "proxy_protocol": True},
    ],
)
def test_a_listener(listener):
    assert Listener.model_validate(listener).port == listener["port"]


@pytest.mark.parametrize(
    "listeners", [{}, [], None, {"a": True}, {"a": "80"}, {"a/b": 80}, {"": 80}, {"0.0.0.0:80": 80}, {"-a": 80}]
)
def test_listeners_that_are_none(listeners):
    with pytest.raises(ValidationError):
        Gateway.model_validate({"listeners": listeners})
