import json

import pytest
from pydantic import ValidationError

from crossway.fleet.validate import validate
from crossway.model import errors
from crossway.policies.health_check import HealthCheck
from harness.static import self_contained
from plan.planning import pipeline


@pytest.mark.parametrize(
    "settings",
    [
        {"path": "/\x01"},
        {"path": "/a\x7f"},
        {"path": "/", "host": "a\nb"},
        {"path": "/", "headers": {"x-a": "a\nb"}},
        {"path": "/", "headers": {"x-a": "x" * 16_385}},
        {"path": "/", "headers": {"Host": "a"}},
        {"grpc": {}, "host": "a\0b"},
    ],
)
def test_what_no_probe_can_say_is_refused(settings):
    with pytest.raises(ValidationError):
        HealthCheck.model_validate(settings)


def service(protocol: str, check: dict[str, object]) -> str:
    tls = {"tls": {"verify": False}} if protocol in {"auto", "http3"} else {}
    echo = {"endpoints": ["127.0.0.1:1"], "protocol": protocol, **tls, "policies": {"health_check": check}}
    gateways = {"edge": {"listeners": {"http": 80}}}
    return json.dumps({"gateways": gateways, "services": {"echo": echo}, "routes": {"all": {"to": "echo"}}})


HTTP, GRPC, TCP = {"path": "/"}, {"grpc": {}}, {"tcp": {}}


@pytest.mark.parametrize(
    ("protocol", "check"),
    [
        *(("http1", check) for check in (HTTP, TCP)),
        *((protocol, check) for protocol in ("http2", "auto", "match") for check in (HTTP, GRPC, TCP)),
        ("http3", TCP),
        ("http1", {**HTTP, "headers": {"x-share": "100% of %FOO%"}}),
        ("http2", {**GRPC, "headers": {"x-share": "100% of %FOO%"}}),
    ],
)
def test_a_protocol_carries_the_check(protocol, check):
    served = pipeline(service(protocol, check))
    assert errors(served.findings()) == ()
    assert validate(self_contained(served.resources())) is None


@pytest.mark.parametrize(("protocol", "check"), [("http1", GRPC), ("http3", GRPC), ("http3", HTTP)])
def test_a_protocol_does_not_carry_the_check(protocol, check):
    served = pipeline(service(protocol, check))
    (finding,) = errors(served.findings())
    assert (finding.code, finding.field) == ("health_check.protocol", "services.echo.protocol")
    assert validate(self_contained(served.resources())) is None
