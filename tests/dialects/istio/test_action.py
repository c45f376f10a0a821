import pytest

from dialects.istio.scene import routed

TO_A = "route: [{destination: {host: a.test}}]"


@pytest.mark.parametrize(
    ("redirect", "said"),
    [
        ("{uri: /b}", {"path": "/b", "status": 301}),
        ("{uri: '%PREFIX()%/b', redirectCode: 302}", {"path_prefix": "/b"}),
        ("{scheme: https}", {"scheme": "https", "status": 301}),
        ("{authority: b.test, port: 8443}", {"hostname": "b.test", "port": 8443, "status": 301}),
        ("{authority: b.test}", {"scheme": "http", "hostname": "b.test", "status": 301}),
    ],
)
def test_redirects(redirect, said):
    assert routed(f"{{redirect: {redirect}}}").one("routes")["redirect"] == said


@pytest.mark.parametrize(
    ("retries", "said"),
    [
        ("{attempts: 0}", 0),
        ("{attempts: 1, retryOn: 'gateway-error, 429'}", {"attempts": 1, "on": ["gateway_error", 429], "methods": []}),
    ],
)
def test_retries(retries, said):
    assert routed(f"{{{TO_A}, retries: {retries}}}").one("routes")["policies"]["retry"] == said


@pytest.mark.parametrize(
    ("rule", "why"),
    [
        ("headers: {request: {set: {x-a: '%DOWNSTREAM_REMOTE_ADDRESS%'}}}", "computed"),
        ("retries: {attempts: 1, retryOn: when-it-rains}", "no condition"),
        ("fault: {abort: {grpcStatus: NONE}}", "no status of gRPC"),
    ],
)
def test_what_cannot_be_said_closes_the_route(rule, why):
    reading = routed(f"{{{TO_A}, {rule}}}")
    assert reading.one("routes")["respond"]["status"] == 503
    assert why in " ".join(reading.messages)


def test_a_host_among_the_headers_is_a_rewrite():
    policies = routed(f"{{{TO_A}, headers: {{request: {{set: {{Host: b.test, x-a: '50%%'}}}}}}}}").one("routes")[
        "policies"
    ]
    assert policies == {"headers": {"request": {"set": {"x-a": "50%"}}}, "rewrite": {"host": "b.test"}}


def test_each_destination_has_headers_of_its_own():
    (one, other) = routed(
        "{route: [{destination: {host: a.test}, weight: 1, headers: {response: {remove: [x-a]}}},"
        " {destination: {host: nobody.test}, weight: 3}]}"
    ).one("routes")["to"]
    assert one == {"service": "a.test_80", "weight": 1, "policies": {"headers": {"response": {"remove": ["x-a"]}}}}
    assert other == {"status": 503, "weight": 3}
