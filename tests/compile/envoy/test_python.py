"""Routes with Python, as they are compiled."""

import re
from urllib.parse import quote, unquote_to_bytes

import pytest
from google.protobuf.message import Message
from hypothesis import given
from hypothesis import strategies as st
from msgspec import Raw

from crossway.compile.contract import Fragment
from crossway.compile.envoy import heads, names, python
from crossway.compile.envoy.fragments import Need
from crossway.compile.envoy.python import FILTER, PATH, PROGRAM, TELL, UPSTREAMS
from crossway.compile.envoy.resource import Resource
from crossway.compile.program import SPAN, STEP, WORD, Code, Entry, Program, Step, decode, digest
from crossway.daemon.snapshots import opened
from crossway.model import Ref
from crossway.protos import pack, to_dict, unpack
from crossway.protos.envoy.config.core import v3 as core_v3
from crossway.protos.envoy.config.listener import v3 as listener_v3
from crossway.protos.envoy.config.route import v3 as route_v3
from crossway.protos.envoy.extensions.filters.http.dynamic_modules import v3 as python_v3
from crossway.protos.envoy.extensions.filters.http.fault import v3 as fault_v3
from crossway.protos.envoy.extensions.filters.http.header_mutation import v3 as header_mutation_v3
from crossway.protos.envoy.extensions.filters.network.http_connection_manager import v3 as hcm_v3
from crossway.protos.google import protobuf
from plan.planning import POLICIES

STEPS = tuple(Step(kind, Raw(b"{}")) for kind in ("plugin", "cache", "transform", "compose"))
ENTRY = Entry("routes.a", STEPS[1:2], "inner", "word")
CODE = Code("mark", "x = 1")
SPAN_SAID = "%TRACE_ID%%SPAN_ID%"


def unpacked(resource: Resource) -> Message:
    extension = opened(resource)
    assert isinstance(extension, core_v3.TypedExtensionConfig)
    return unpack(extension.typed_config)


def test_the_filters_are_off_until_a_route_switches_them_on():
    filters = python.filters()
    expected = (PATH, TELL, heads.FILTER, UPSTREAMS, FILTER)
    assert [item.name for item in filters] == [names.http_filter(name) for name in expected]
    assert all(item.disabled for item in filters)
    assert unpack(filters[-1].config_discovery.default_config) == header_mutation_v3.HeaderMutation()


def test_one_listener_brings_the_program_for_the_whole_proxy():
    listener = opened(python.runtime_listener())
    assert isinstance(listener, listener_v3.Listener)
    manager = unpack(listener.filter_chains[0].filters[0].typed_config)
    assert isinstance(manager, hcm_v3.HttpConnectionManager)
    on = {item.name: not item.disabled for item in manager.http_filters[:-1]}
    assert on == {names.http_filter(TELL): True, names.http_filter(PROGRAM): False, names.http_filter(FILTER): True}


def test_steps_are_in_the_order_of_their_stages():
    plugin, cache, transform, compose = STEPS
    fragments = {
        "compose": Fragment(steps=(compose,)),
        "cache": Fragment(steps=(cache,)),
        "timeout": Fragment(route=route_v3.Route()),
        "plugins": Fragment(steps=(plugin, plugin), codes=(CODE,)),
        "transform": Fragment(steps=(transform,)),
    }
    entry, needs = python.entry(fragments, POLICIES, Ref("routes", "a"), "inner", "word")
    assert entry == Entry("routes.a", (plugin, plugin, cache, transform, compose), "inner", "word")
    assert python.program(needs) == Program({digest(entry): entry}, {digest(CODE): CODE})


def test_a_program_has_every_entry_and_code_once():
    found, needs = python.entry({"cache": Fragment(steps=STEPS[1:2])}, POLICIES, Ref("routes", "b"), "inner", "other")
    assert python.program([*needs, *needs, Need("fault")]) == Program({digest(found): found})


def test_a_route_with_python_is_closed_by_itself():
    route = route_v3.Route(name="a", route=route_v3.RouteAction(cluster="backend"))
    route.typed_per_filter_config["crossway.cors"].CopyFrom(pack(protobuf.StringValue(value="kept")))
    found = python.outer(route, ENTRY, SPAN_SAID)
    assert found.direct_response.status == 503
    assert "python.unavailable" in found.direct_response.body.inline_string
    assert not found.HasField("route")
    assert set(found.typed_per_filter_config) == {
        "crossway.cors",
        *(names.http_filter(name) for name in (PATH, TELL, UPSTREAMS, FILTER)),
    }
    tell = unpack(found.typed_per_filter_config[names.http_filter(TELL)])
    assert isinstance(tell, header_mutation_v3.HeaderMutationPerRoute)
    *removed, span, word = tell.mutations.request_mutations
    assert [one.remove for one in removed] == [SPAN, STEP]
    said = [(one.append.header.key, one.append.header.value) for one in (span, word)]
    assert said == [(SPAN, SPAN_SAID), (WORD, digest(ENTRY))], "the runtime looks for them at the end"
    assert word.append.append_action == core_v3.HeaderValueOption.OVERWRITE_IF_EXISTS_OR_ADD


@pytest.mark.parametrize("match", [{"prefix": "/a"}, {"path": "/a"}, {"safe_regex": {"regex": "/a+"}}])
def test_behind_python_a_route_does_the_same_without_filters_and_conditions(match):
    native = route_v3.Route(name="a", route=route_v3.RouteAction(cluster="backend", prefix_rewrite="/b"))
    native.match.headers.add(name="x-a", present_match=True)
    native.match.query_parameters.add(name="b", present_match=True)
    for field, value in match.items():
        if isinstance(value, str):
            setattr(native.match, field, value)
        else:
            native.match.safe_regex.regex = value["regex"]
    native.request_headers_to_add.add(header=core_v3.HeaderValue(key="x-b", value="1"))
    native.typed_per_filter_config["crossway.cors"].CopyFrom(pack(protobuf.StringValue(value="left out")))
    found = python.inner(native)
    assert to_dict(found) == {
        "name": "a",
        "match": {**match, "case_sensitive": True},
        "route": {"cluster": "backend", "prefix_rewrite": "/b"},
        "request_headers_to_add": [{"header": {"key": "x-b", "value": "1"}}],
    }


def test_the_case_of_a_path_matters_behind_python_as_before_it():
    native = route_v3.Route(name="a", match=route_v3.RouteMatch(prefix="/a"))
    native.match.case_sensitive.value = False
    assert not python.inner(native).match.case_sensitive.value


def header(name: str) -> core_v3.HeaderValueOption:
    return core_v3.HeaderValueOption(header=core_v3.HeaderValue(key=name, value="1"))


def test_headers_that_a_route_adds_are_on_every_answer_of_its_python():
    native = route_v3.Route(name="a", match=route_v3.RouteMatch(prefix="/a"))
    native.response_headers_to_remove.append("x-gone")
    native.response_headers_to_add.extend([header("x-more"), header("content-type")])
    assert list(python.inner(native).response_headers_to_add) == [header("content-type")]
    assert not python.inner(native).response_headers_to_remove
    outside = python.outer(native, ENTRY, SPAN_SAID)
    tell = unpack(outside.typed_per_filter_config[names.http_filter(TELL)])
    assert isinstance(tell, header_mutation_v3.HeaderMutationPerRoute)
    removed, added = tell.mutations.response_mutations
    assert (removed.remove, added.append) == ("x-gone", header("x-more"))


def test_a_proxy_without_python_routes_loads_no_python():
    assert python.extensions(Program()) == ()
    *_, filter_ = python.filters()
    assert unpack(filter_.config_discovery.default_config) == header_mutation_v3.HeaderMutation()


def application(extension: Resource) -> str:
    module = unpacked(extension)
    assert isinstance(module, python_v3.DynamicModuleFilter)
    value = protobuf.StringValue()
    assert module.filter_config.Unpack(value)
    found = re.search(r'"app":"crossway\.runtime\.entry:([^"]+)"', value.value)
    assert found is not None
    return found[1]


def test_a_program_travels_in_the_settings_of_its_filter_and_the_other_one_stays_the_same():
    programs = Program({digest(ENTRY): ENTRY}, {digest(CODE): CODE}), Program({digest(ENTRY): ENTRY})
    (one, answering), (other, still) = map(python.extensions, programs)
    assert [decode(application(brought)) for brought in (one, other)] == [*programs]
    assert answering == still
    assert application(still) == "app"


def test_a_program_is_found_again_in_what_brings_it():
    program = Program({digest(ENTRY): ENTRY}, {digest(CODE): CODE})
    brought, _ = python.extensions(program)
    assert python.program_of(brought) == program


def readable() -> re.Pattern[str]:
    refuse, *_ = python.filters()
    fault = unpack(refuse.typed_config)
    assert isinstance(fault, fault_v3.HTTPFault)
    return re.compile(fault.headers[0].string_match.safe_regex.regex)


READABLE = readable()


def is_utf_8(path: str) -> bool:
    try:
        unquote_to_bytes(path.partition("?")[0]).decode()
    except UnicodeDecodeError:
        return False
    return True


@given(st.text())
def test_every_path_in_utf_8_is_let_through(text):
    assert READABLE.fullmatch(f"/{quote(text)}?{quote(text)}")


@given(st.text(alphabet="%0189aAbBcCdDeEfF4/?xg", max_size=20))
def test_no_other_path_is(path):
    """The module that calls Python would drop it, and never answer."""
    if READABLE.fullmatch(path):
        assert is_utf_8(path)


@pytest.mark.parametrize("path", ["/", "*", "/%", "/%%", "/a%zz", "/%7f", "/?%ff", "/%F4%8F%BF%BF", "/%ed%9f%bf"])
def test_what_is_no_escape_is_none(path):
    assert READABLE.fullmatch(path)
