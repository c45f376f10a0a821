import pytest

from dialects.kong.reading import SERVICE, of_plugin, read


def everywhere(name: str, config: str) -> object:
    found = read(f"{SERVICE}routes: [{{name: web, paths: [/a]}}]\nplugins: [{{name: {name}, config: {config}}}]\n")
    assert found.said == []
    return found.settings["gateways"]["kong"].get("policies")


@pytest.mark.parametrize(
    ("name", "config", "policies"),
    [
        ("prometheus", "{per_consumer: true}", {"metrics": {"consumers": True}}),
        ("zipkin", "{sample_ratio: 1}", None),
        (
            "zipkin",
            (
                "{http_endpoint: 'http://z:9411/x', static_tags: [{name: a, value: b}],"
                " http_response_header_for_traceid: X-T}"
            ),
            {
                "tracing": {
                    "zipkin": {"service": "http://z:9411", "path": "/x"},
                    "sample": 0.1,
                    "tags": {"a": "b"},
                    "response_header": "x-t",
                }
            },
        ),
        (
            "opentelemetry",
            (
                "{traces_endpoint: 'http://o:4318/v1/traces', resource_attributes: {service.name: kong},"
                " sampling_rate: 0.5, http_response_header_for_traceid: x-t}"
            ),
            {
                "tracing": {
                    "otlp": {
                        "service": "http://o:4318",
                        "protocol": "http",
                        "path": "/v1/traces",
                        "service_name": "kong",
                    },
                    "sample": 50,
                    "response_header": "x-t",
                }
            },
        ),
        (
            "opentelemetry",
            "{access_logs_endpoint: 'http://o:4318/v1/logs'}",
            {
                "access_log": {
                    "outputs": [
                        "stdout",
                        {"otlp": {"service": "http://o:4318", "protocol": "http", "path": "/v1/logs"}},
                    ]
                }
            },
        ),
        ("correlation-id", "{}", {"correlation_id": {"header": "kong-request-id", "echo": False}}),
        (
            "correlation-id",
            "{header_name: X-Id, generator: tracker, echo_downstream: true}",
            {"correlation_id": {"header": "x-id", "generator": "time_uuid"}},
        ),
        ("correlation-id", "{header_name: X-Request-ID}", None),
    ],
)
def test_a_plugin_for_everything_is_a_policy_of_the_gateway(name: str, config: str, policies: object):
    assert everywhere(name, config) == policies


def test_a_plugin_for_less_says_nothing_and_closes_nothing():
    found = of_plugin("prometheus")
    assert found.said == [("dialect.refused", 3)]
    assert found.route()["to"] == "web"
    found = of_plugin("file-log", "{path: /tmp/x, custom_fields_by_lua: {a: b}}")
    assert found.route()["to"] == "web"
    assert found.said == [("dialect.refused", 3)]


def test_a_route_has_an_id_of_its_own():
    assert of_plugin("correlation-id", "{header_name: X-Id, echo_downstream: true}").policies() == {
        "headers": {
            "request": {"add_if_absent": {"x-id": "{request_id}"}},
            "response": {"set": {"x-id": "{request_id}"}},
        }
    }


def test_a_log_needs_a_file():
    assert [code for code, _ in of_plugin("file-log").said] == ["field.missing"]
