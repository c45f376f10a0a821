from collections.abc import AsyncIterator

import pytest

from crossway.compile.envoy.names import RUNTIME
from crossway.daemon.pipeline import Pipeline
from crossway.daemon.registry import load_policies
from crossway.fleet.validate import validate
from crossway.model import Document, Finding
from crossway.protos import unpack
from crossway.protos.envoy.config.listener import v3 as listener_v3
from crossway.protos.envoy.extensions.filters.network.http_connection_manager import v3 as hcm_v3
from harness.gateway import Gateway
from harness.static import message_of, self_contained
from harness.upstreams import Upstreams
from harness.waiting import until

PLAIN = """
gateways: {edge: {listeners: {http: $http}}}
services: {echo: "http://127.0.0.1:$echo"}
routes:
  patched: {matches: [{path: /patched}], respond: {body: patched}}
  other: {matches: [{path: /other}], respond: {body: other}}
"""
REFUSED = """
gateways: {edge: {listeners: {http: $http}}}
services: {echo: "http://127.0.0.1:$echo"}
routes:
  patched:
    matches: [{path: /patched}]
    respond: {body: patched anew}
    policies: {envoy_patch: {route: {direct_response: {status: 99}}}}
  other: {matches: [{path: /other}], respond: {body: other anew}}
"""


def pipeline(text: str) -> Pipeline:
    """Return a pipeline that has adopted *text*."""
    made = Pipeline(load_policies())
    made.adopt(made.read([Document("gateway.yaml", text)]))
    return made


def findings(patch: str, at: str = "routes") -> list[Finding]:
    """Return what is wrong with *patch*."""
    policies = f"policies: {{envoy_patch: {patch}}}"
    here = {name: policies if name == at else "" for name in ("routes", "services", "gateways")}
    text = f"""
gateways: {{edge: {{listeners: {{http: 8080}}, {here["gateways"]}}}}}
services: {{echo: {{endpoints: ["127.0.0.1:1"], {here["services"]}}}}}
routes: {{all: {{matches: [{{path: /*}}], to: echo, {here["routes"]}}}}}
"""
    return list(pipeline(text).findings())


@pytest.mark.parametrize(
    ("patch", "field", "message", "expected", "hint"),
    [
        ("{rute: {}}", "rute", "unknown key 'rute'", "", "did you mean 'route'?"),
        (
            "{route: {decorater: {}}}",
            "route.decorater",
            "envoy.config.route.v3.Route has no field 'decorater'",
            "",
            "did you mean 'decorator'?",
        ),
        ("{route: {route: []}}", "route.route", "this is no envoy.config.route.v3.RouteAction", "a mapping", ""),
        ("{route: {route: {timeout: 1 minute}}}", "route.route.timeout", "this does not fit timeout", "Duration", ""),
        (
            "{route: {direct_response: {status: many}}}",
            "route.direct_response.status",
            "this does not fit status",
            "a number",
            "",
        ),
        (
            "{route: {redirect: {response_code: SEE_OTER}}}",
            "route.redirect.response_code",
            "this does not fit response_code",
            "MOVED_PERMANENTLY, FOUND, SEE_OTHER, TEMPORARY_REDIRECT, PERMANENT_REDIRECT",
            "did you mean 'SEE_OTHER'?",
        ),
        (
            "{route: {route: {}, redirect: {}}}",
            "route.redirect",
            "route and redirect exclude each other",
            "",
            "",
        ),
        (
            "{route: {response_headers_to_remove: x-a}}",
            "route.response_headers_to_remove",
            "response_headers_to_remove is a list",
            "a list",
            "",
        ),
        (
            "{route: {response_headers_to_add: [{header: {name: x}}]}}",
            "route.response_headers_to_add[0].header.name",
            "envoy.config.core.v3.HeaderValue has no field 'name'",
            "",
            "",
        ),
        (
            '{route: {typed_per_filter_config: {mine: {"@type": type.googleapis.com/envoy.Mine}}}}',
            "route.typed_per_filter_config.mine.@type",
            "Envoy has no type 'type.googleapis.com/envoy.Mine'",
            "type.googleapis.com/ and the full name of a message",
            "",
        ),
        (
            "{route: {typed_per_filter_config: {mine: {a: b}}}}",
            "route.typed_per_filter_config.mine.@type",
            "@type is required",
            "type.googleapis.com/ and the full name of a message",
            "",
        ),
        (
            '{cluster: {filters: [{typed_config: {"@type": type.googleapis.com/google.protobuf.Duration}}]}}',
            "cluster.filters[0].typed_config",
            "this is no google.protobuf.Duration",
            "value",
            "",
        ),
        (
            "{route: {match: {prefix: /}}}",
            "route.match",
            "match stays as it is",
            "",
            "the order of all routes depends on it; write it in matches",
        ),
    ],
)
def test_what_does_not_fit_is_found_where_it_stands(patch, field, message, expected, hint):
    (found, *_) = findings(patch)
    assert found.field == f"routes.all.policies.envoy_patch.{field}"
    assert (found.message, found.expected, found.hint) == (message, expected, hint)
    assert found.origin is not None
    assert found.origin.line == 4


def test_no_value_is_repeated():
    found = findings("{cluster: {connect_timeout: hunter2}, http_options: {common_http_protocol_options: hunter2}}")
    assert len(found) == 2
    assert "hunter2" not in str(found)


@pytest.mark.parametrize(
    ("at", "patch", "expected"),
    [
        ("routes", "{listener: {}}", "gateway"),
        ("routes", "{cluster: {}}", "service or namespace"),
        ("services", "{connection_manager: {}}", "gateway"),
        ("gateways", "{cluster: {}}", "service or namespace"),
    ],
)
def test_a_part_that_means_nothing_where_it_stands_is_no_silence(at, patch, expected):
    found = findings(patch, at)
    assert {item.code for item in found} == {"policy.misplaced"}
    assert found[0].expected == expected


def filters_of(made: Pipeline) -> list[str]:
    """Return the names of the HTTP filters of the listener."""
    messages = (message_of(resource) for resource in made.resources() if resource.name != RUNTIME)
    (listener,) = (message for message in messages if isinstance(message, listener_v3.Listener))
    manager = unpack(listener.filter_chains[0].filters[-1].typed_config)
    assert isinstance(manager, hcm_v3.HttpConnectionManager)
    return [item.name for item in manager.http_filters]


def test_filters_stand_before_and_behind_their_stages():
    made = pipeline(
        """
gateways:
  edge:
    listeners: {http: 8080}
    policies:
      envoy_patch:
        http_filters:
        - name: last
          after: router
          config: &config
            "@type": type.googleapis.com/envoy.extensions.filters.http.buffer.v3.Buffer
            max_request_bytes: 1
        - {name: first, before: edge, config: *config}
        - {name: unasked, before: authz, config: *config}
        - {name: asked, after: authz, config: *config}
routes: {all: {matches: [{path: /*}], respond: {body: hello}}}
"""
    )
    assert made.findings() == ()
    names = filters_of(made)
    assert names[0] == "first"
    assert names[-2] == "last"
    assert names.index("unasked") < names.index("crossway.ext_authz") < names.index("asked")
    assert validate(self_contained(made.resources())) is None


def test_a_patch_goes_over_what_policies_say_and_into_what_is_packed():
    made = pipeline(
        """
gateways: {edge: {listeners: {http: 8080}}}
services:
  echo:
    endpoints: ["127.0.0.1:1"]
    policies: {connection: {connect_timeout: 9s}, envoy_patch: {cluster: {connect_timeout: 1s}}}
routes:
  all:
    matches: [{path: /*}]
    to: echo
    policies: {timeout: 9s, envoy_patch: {route: {route: {timeout: 1s, retry_policy: null}}}}
"""
    )
    assert made.findings() == ()
    assert "timeout: 9" not in str([message_of(resource) for resource in made.resources()])
    assert validate(self_contained(made.resources())) is None


@pytest.fixture
async def gateway(upstreams: Upstreams) -> AsyncIterator[Gateway]:
    async with Gateway(PLAIN, echo=upstreams.echo().port) as running:
        yield running


async def test_a_patch_that_envoy_refuses_takes_its_route_out_and_no_other(gateway: Gateway) -> None:
    async def other_is_new() -> bool:
        return (await gateway.get("/other")).text == "other anew"

    await gateway.edit(REFUSED)
    await until(other_is_new)
    assert [item["code"] for item in (await gateway.state())["findings"]] == ["proxy.refused"]
    assert (await gateway.get("/patched")).text == "patched"
