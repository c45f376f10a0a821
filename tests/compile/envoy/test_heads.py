"""Routes whose Python looks at heads alone."""

import re

import pytest
from msgspec import Raw, json

from crossway.compile.envoy import heads, names, python
from crossway.compile.program import HEADS_SOCKET, LENGTH, PEER, WORD, Entry, PluginStep, Program, Step, digest
from crossway.daemon.snapshots import opened
from crossway.protos import unpack
from crossway.protos.envoy.config.cluster import v3 as cluster_v3
from crossway.protos.envoy.config.core import v3 as core_v3
from crossway.protos.envoy.config.route import v3 as route_v3
from crossway.protos.envoy.extensions.filters.http.ext_authz import v3 as ext_authz_v3
from crossway.protos.envoy.extensions.filters.http.header_mutation import v3 as header_mutation_v3


def entry(*hooks: str, kind: str = "plugin") -> Entry:
    settings = json.encode(PluginStep("check", "code", "check", hooks=hooks))
    return Entry("routes.a", (Step(kind, Raw(settings)),), "inner", "word")


def route() -> route_v3.Route:
    """Return a route that adds a header to requests and one to answers, and takes one from these."""
    found = route_v3.Route(name="a", match=route_v3.RouteMatch(prefix="/a"))
    found.route.cluster = "backend"
    found.route.retry_policy.num_retries.value = 3
    found.request_headers_to_add.add(header=core_v3.HeaderValue(key="x-asked", value="1"))
    found.response_headers_to_add.add(header=core_v3.HeaderValue(key="x-more", value="%UPSTREAM_HOST%"))
    found.response_headers_to_remove.append("x-gone")
    return found


def test_a_route_keeps_its_action_behind_the_question():
    found = python.outer(route(), entry("head"), "")
    assert found.route == route().route
    assert found.request_headers_to_add == route().request_headers_to_add
    assert {WORD, LENGTH, PEER} <= set(found.request_headers_to_remove), "which is for Python alone"
    on = {names.http_filter(name) for name in (python.TELL, heads.FILTER)}
    assert set(found.typed_per_filter_config) == on


def test_headers_of_answers_are_on_those_of_python_too():
    found = python.outer(route(), entry("head"), "")
    assert not found.response_headers_to_add
    assert not found.response_headers_to_remove
    tell = unpack(found.typed_per_filter_config[names.http_filter(python.TELL)])
    assert isinstance(tell, header_mutation_v3.HeaderMutationPerRoute)
    answers = tell.mutations.response_mutations
    assert [one.remove for one in answers if one.remove] == ["x-gone", heads.TIME]
    assert [one.append for one in answers if not one.remove] == list(route().response_headers_to_add)
    requests = [one.append.header for one in tell.mutations.request_mutations if not one.remove]
    assert requests[-1] == core_v3.HeaderValue(key=WORD, value=digest(entry("head")))
    assert {one.remove for one in tell.mutations.request_mutations} >= {LENGTH, PEER}, "a client may have forged them"


@pytest.mark.parametrize("other", [entry("head", "response"), entry("request"), entry("head", kind="process")])
def test_what_does_more_stands_before_the_route(other):
    assert not python.outer(route(), other, "").HasField("route")


def test_nothing_gets_past_the_question():
    filter_ = heads.http_filter()
    assert filter_.disabled
    check = unpack(filter_.typed_config)
    assert isinstance(check, ext_authz_v3.ExtAuthz)
    assert not check.failure_mode_allow
    assert check.status_on_error.code == 503


@pytest.mark.parametrize("name", ["", "c", "x-a", "content", "content-type", "content-language", "contents", "co-n"])
def test_an_answer_may_set_every_header_of_the_request_but_the_length(name):
    (pattern,) = _upstream()
    assert re.fullmatch(pattern, name)
    assert not re.fullmatch(pattern, "content-length")


def _upstream() -> list[str]:
    check = unpack(heads.http_filter().typed_config)
    assert isinstance(check, ext_authz_v3.ExtAuthz)
    allowed = check.http_service.authorization_response.allowed_upstream_headers
    return [pattern.safe_regex.regex for pattern in allowed.patterns]


def test_the_proxy_knows_whom_to_ask_where_it_asks():
    assert list(heads.clusters(Program({"a": entry("request")}))) == []
    (found,) = heads.clusters(Program({"a": entry("request"), "b": entry("head")}))
    cluster = opened(found)
    assert isinstance(cluster, cluster_v3.Cluster)
    endpoint = cluster.load_assignment.endpoints[0].lb_endpoints[0].endpoint
    assert endpoint.address.pipe.path == HEADS_SOCKET


def inspecting(shown: int) -> Entry:
    """Return an entry with a firewall that is *shown* so many bytes of a body."""
    return Entry("routes.a", (Step("waf", Raw(json.encode({"rules": "", "shown": shown}))),), "inner", "a")


def test_a_firewall_is_shown_the_beginning_of_bodies():
    found = python.outer(route(), inspecting(1025), "")
    assert found.route == route().route
    assert found.request_body_buffer_limit.value == 1025
    asked = unpack(found.typed_per_filter_config[names.http_filter(heads.FILTER)])
    assert isinstance(asked, ext_authz_v3.ExtAuthzPerRoute)
    assert asked.check_settings.with_request_body == ext_authz_v3.BufferSettings(
        max_request_bytes=1025, allow_partial_message=True
    )


def test_a_firewall_that_inspects_answers_stands_around_the_call():
    assert not python.outer(route(), inspecting(0), "").HasField("route")


def test_what_is_kept_for_retries_stays():
    native = route()
    native.request_body_buffer_limit.value = 2**20
    assert python.outer(native, inspecting(1025), "").request_body_buffer_limit.value == 2**20
