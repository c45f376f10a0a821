import pytest

from dialects.kong.reading import of_plugin


@pytest.mark.parametrize(
    ("config", "policy"),
    [
        ("{minute: 5}", {"limit": "5/minute", "by": "consumer"}),
        ("{second: 5, hour: 100, limit_by: ip}", {"limit": ["5/second", "100/hour"], "by": "client_ip"}),
        ("{minute: 5, limit_by: header, header_name: X-A}", {"limit": "5/minute", "by": {"header": "x-a"}}),
        ("{minute: 5, limit_by: path, policy: cluster}", {"limit": "5/minute", "by": "path", "scope": "fleet"}),
        (
            "{minute: 5, policy: redis, fault_tolerant: false, hide_client_headers: true, redis: {host: x}}",
            {"limit": "5/minute", "by": "consumer", "exact": True, "on_failure": "deny", "headers": False},
        ),
        ("{minute: 5, error_code: 403}", {"limit": "5/minute", "by": "consumer", "status": 403}),
        ("{second: 1000, hour: 2, year: 100000}", {"limit": "2/hour", "by": "consumer"}),
    ],
)
def test_requests_are_counted(config: str, policy: dict[str, object]):
    found = of_plugin("rate-limiting", config)
    assert found.policies() == {"rate_limit": policy}
    assert found.said == []


@pytest.mark.parametrize(
    "config", ["{}", "{minute: 5, limit_by: service}", "{minute: 5, limit_by: header}", "{minut: 5}"]
)
def test_what_cannot_be_counted_closes(config: str):
    found = of_plugin("rate-limiting", config)
    assert found.is_closed()
    assert found.said


@pytest.mark.parametrize(
    ("name", "config", "policies"),
    [
        ("request-size-limiting", "{}", {"request_limit": "128MiB"}),
        ("request-size-limiting", "{allowed_payload_size: 9, size_unit: bytes}", {"request_limit": "9B"}),
        ("ip-restriction", "{whitelist: [10.0.0.0/8]}", {"ip_filter": {"allow": ["10.0.0.0/8"]}}),
        (
            "ip-restriction",
            "{allow: ['::1'], deny: [10.0.0.1]}",
            {"ip_filter": {"allow": ["::1"], "deny": ["10.0.0.1"]}},
        ),
        ("bot-detection", "{}", {"bot_filter": {}}),
        (
            "bot-detection",
            "{deny: [Bad], allow: [Good|Fine]}",
            {
                "bot_filter": {
                    "deny": [{"group": "scanners"}, {"group": "scrapers"}, {"regex": ".*(?:Bad).*"}],
                    "allow": [{"regex": ".*(?:Good|Fine).*"}],
                }
            },
        ),
    ],
)
def test_requests_are_bounded_and_filtered(name: str, config: str, policies: dict[str, object]):
    found = of_plugin(name, config)
    assert found.policies() == policies
    assert found.said == []


def test_a_restriction_that_restricts_nothing_closes():
    assert of_plugin("ip-restriction").is_closed()


def test_requests_are_answered_by_the_gateway():
    assert of_plugin("request-termination", "{status_code: 404}").route()["respond"] == {
        "status": 404,
        "body": '{"message":"Not found"}',
        "content_type": "application/json",
    }
    found = of_plugin("request-termination", "{status_code: 200, body: hello, content_type: text/plain}")
    assert found.route()["respond"] == {"status": 200, "body": "hello", "content_type": "text/plain"}
    assert of_plugin("request-termination", "{trigger: x-stop}").is_closed()
