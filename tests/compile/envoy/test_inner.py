"""The inner listener: where Python reaches the backends of routes."""

from datetime import timedelta

from google.protobuf.message import Message

from crossway.compile.program import CALL, RESERVED, socket_path
from crossway.daemon.snapshots import opened
from crossway.protos import to_dict, unpack
from crossway.protos.envoy.config.listener import v3 as listener_v3
from crossway.protos.envoy.config.route import v3 as route_v3
from crossway.protos.envoy.extensions.filters.network.http_connection_manager import v3 as hcm_v3
from plan.planning import pipeline

CONFIG = """
gateways:
  edge: {listeners: {http: 8080}}
services:
  one: {endpoints: ["127.0.0.1:9001"]}
  two: {endpoints: ["127.0.0.1:9002"]}
routes:
  native: {matches: [{path: /native}], to: one}
  cached:
    matches: [{path: /cached/*, headers: {x-a: b}}, {path: /also}]
    to: one
    policies: {cache: {}, retry: {attempts: 3, on: ["5xx"]}, rewrite: {path_prefix: /new}}
"""
INNER = "crossway/inner/edge/"


def inner(text: str) -> list[Message]:
    """Return what belongs to the inner listener."""
    return [opened(item) for item in pipeline(text).resources() if item.name.startswith(INNER)]


def table(text: str) -> tuple[route_v3.RouteConfiguration, dict[str, route_v3.RouteList]]:
    """Return the inner table, and the lists of routes in it by the words under which they are found."""
    (found,) = (message for message in inner(text) if isinstance(message, route_v3.RouteConfiguration))
    tree = found.virtual_hosts[0].matcher.matcher_tree.exact_match_map.map
    lists = {}
    for word, match in tree.items():
        routes = unpack(match.action.typed_config)
        assert isinstance(routes, route_v3.RouteList)
        lists[word] = routes
    return found, lists


def manager(listener: Message) -> hcm_v3.HttpConnectionManager:
    assert isinstance(listener, listener_v3.Listener)
    found = unpack(listener.filter_chains[0].filters[0].typed_config)
    assert isinstance(found, hcm_v3.HttpConnectionManager)
    return found


def test_there_is_none_where_no_route_has_python():
    assert inner(CONFIG.replace("cache: {}, ", "")) == []


def test_there_is_one_for_each_table_with_python():
    kinds = [type(message) for message in inner(CONFIG)]
    assert sorted(kind.__name__ for kind in kinds) == ["Listener", "RouteConfiguration"]


def test_it_is_reached_over_a_socket_that_is_the_owners():
    (listener,) = (message for message in inner(CONFIG) if isinstance(message, listener_v3.Listener))
    assert listener.address.pipe.path == socket_path(listener.name)
    assert listener.address.pipe.mode == 0o600


def test_it_has_no_filter_but_the_last_one():
    for message in inner(CONFIG):
        if isinstance(message, listener_v3.Listener):
            found = manager(message)
            assert [item.name.rpartition(".")[2] for item in found.http_filters] == ["router"]
            assert found.skip_xff_append
            assert found.preserve_external_request_id


def test_a_match_is_found_by_its_word_alone_and_with_any_path():
    _, lists = table(CONFIG)
    words = dict(zip(sorted(lists), ("/also", "/cached"), strict=False))
    assert list(words) == ["cached#1@http", "cached@http"]
    for word, path in words.items():
        routes = lists[word].routes
        specific, anyhow = routes
        assert path in str(specific.match)
        assert not specific.match.headers
        assert to_dict(anyhow.match) == {"prefix": "/"}
        for route in routes:
            assert route.route.cluster == "one"
            assert route.route.retry_policy.num_retries.value == 3


def test_what_is_said_between_us_goes_no_further():
    found, _ = table(CONFIG)
    assert set(RESERVED) <= set(found.request_headers_to_remove)


def test_trailers_and_websockets_pass():
    for listener in (message for message in inner(CONFIG) if isinstance(message, listener_v3.Listener)):
        found = manager(listener)
        assert found.http_protocol_options.enable_trailers
        assert [upgrade.upgrade_type for upgrade in found.upgrade_configs] == ["websocket"]


def test_a_connection_that_ends_lingers_for_less_than_one_of_a_client():
    messages = (opened(item) for item in pipeline(CONFIG).resources())
    listeners = [message for message in messages if isinstance(message, listener_v3.Listener)]
    lingers = {listener.name.startswith(INNER): manager(listener) for listener in listeners}
    assert timedelta() < lingers[True].delayed_close_timeout.ToTimedelta() < timedelta(seconds=1)
    assert not lingers[False].HasField("delayed_close_timeout")  # so it is Envoy's default, that second


def test_services_that_python_may_call_are_found_by_their_names():
    text = f"""{CONFIG}
  composed:
    matches: [{{path: /composed}}]
    policies: {{compose: {{steps: {{a: {{service: two, path: /x}}}}, body: {{a: steps.a.body}}}}}}
"""
    assert sorted(word for word in table(text)[1] if word.startswith(CALL)) == [f"{CALL}one", f"{CALL}two"]
