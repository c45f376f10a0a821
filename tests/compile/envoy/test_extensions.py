"""Which HTTP filters a listener has, and which of them a proxy is given by themselves."""

from collections.abc import Mapping

import pytest
from google.protobuf.message import Message

from crossway.compile.envoy import names, python
from crossway.compile.envoy.view import View
from crossway.daemon.pipeline import Pipeline
from crossway.daemon.snapshots import opened
from crossway.model import Document, Ref
from crossway.protos import unpack
from crossway.protos.envoy.config.core import v3 as core_v3
from crossway.protos.envoy.config.listener import v3 as listener_v3
from crossway.protos.envoy.extensions.filters.http.api_key_auth import v3 as api_key_v3
from crossway.protos.envoy.extensions.filters.http.jwt_authn import v3 as jwt_v3
from crossway.protos.envoy.extensions.filters.network.http_connection_manager import v3 as hcm_v3
from crossway.xds.protocol import EXTENSION, LISTENER
from plan.planning import POLICIES, pipeline

CONFIG = """
gateways:
  edge: {listeners: {http: 8080}}
  inner: {listeners: {http: 8081}}
services: {echo: "http://127.0.0.1:9001"}
consumers:
  alice: {credentials: {api_key: [k-alice]}}
routes:
  one: {gateways: [edge], matches: [{path: /one}], to: echo, policies: {jwt: {issuer: a, jwks: {secret: $one}}}}
  two: {gateways: [edge], matches: [{path: /two}], to: echo, policies: {jwt: {issuer: b, jwks: {secret: $two}}}}
  key: {gateways: [edge, inner], matches: [{path: /key}], to: echo, policies: {api_key: {}}}
namespaces:
  blue:
    consumers: {bob: {credentials: {api_key: [k-bob, {key: k-second}]}}}
    routes: {key: {gateways: [default/edge], matches: [{path: /blue}], to: default/echo, policies: {api_key: {}}}}
""".replace("$one", "o" * 32).replace("$two", "t" * 32)
EDGE, INNER = (View(frozenset({Ref("gateways", name)})) for name in ("edge", "inner"))


def extensions(made: Pipeline, view: View | None = None) -> Mapping[str, Message]:
    found: dict[str, Message] = {}
    for resource in made.resources(view or View()):
        if resource.type_url == EXTENSION:
            config = opened(resource)
            assert isinstance(config, core_v3.TypedExtensionConfig)
            found[resource.name] = unpack(config.typed_config)
    return found


def filters(made: Pipeline, gateway: str) -> list[hcm_v3.HttpFilter]:
    (listener,) = [
        opened(one) for one in made.resources() if one.type_url == LISTENER and one.name.startswith(f"{gateway}/")
    ]
    assert isinstance(listener, listener_v3.Listener)
    manager = unpack(listener.filter_chains[0].filters[-1].typed_config)
    assert isinstance(manager, hcm_v3.HttpConnectionManager)
    return [one for one in manager.http_filters if one.name.startswith("crossway.")]


def keys(message: Message) -> dict[str, str]:
    assert isinstance(message, api_key_v3.ApiKeyAuth)
    found = {one.key: one.client.partition(";")[0] for one in message.credentials}
    return {key: who for key, who in found.items() if who.isalpha()}


def issuers(message: Message) -> set[str]:
    assert isinstance(message, jwt_v3.JwtAuthentication)
    return {provider.issuer for provider in message.providers.values()}


def test_every_filter_is_off_until_a_route_needs_it():
    found = filters(pipeline(CONFIG), "edge")
    assert found
    assert all(one.disabled for one in found)
    assert len({one.name for one in found}) == len(found)


def test_what_is_delivered_by_itself_is_what_a_listener_asks_for():
    made = pipeline(CONFIG)
    for gateway, view in (("edge", EDGE), ("inner", INNER)):
        asked = {one.name for one in filters(made, gateway) if one.HasField("config_discovery")}
        assert asked - {names.http_filter(python.FILTER)} == set(extensions(made, view)), "no route here has Python"


def test_a_filter_is_of_the_type_that_its_listener_expects():
    made = pipeline(CONFIG)
    given = {name: message.DESCRIPTOR.full_name for name, message in extensions(made).items()}
    for one in filters(made, "edge"):
        if one.HasField("config_discovery") and one.name in given:
            kinds = {kind.rpartition("/")[2] for kind in one.config_discovery.type_urls}
            assert given[one.name] in kinds


def test_consumers_of_a_namespace_are_known_to_a_filter_of_their_own():
    found = extensions(pipeline(CONFIG))
    assert keys(found["crossway.api_key"]) == {"k-alice": "alice"}
    assert keys(found["crossway.api_key/blue"]) == {"k-bob": "bob", "k-second": "bob"}


def test_a_proxy_is_given_no_consumers_that_its_routes_do_not_need():
    assert "crossway.api_key/blue" in extensions(pipeline(CONFIG), EDGE)
    assert not [name for name in extensions(pipeline(CONFIG), INNER) if name.endswith("/blue")]


def test_a_proxy_without_listeners_for_http_is_given_none():
    assert extensions(pipeline(CONFIG), View(frozenset({Ref("gateways", "nowhere")}))) == {}


def test_a_shared_filter_holds_the_parts_of_the_routes_of_its_proxy():
    made = pipeline(CONFIG)
    assert issuers(extensions(made)["crossway.jwt"]) == {"a", "b"}
    assert issuers(extensions(made, EDGE)["crossway.jwt"]) == {"a", "b"}
    assert issuers(extensions(made, INNER)["crossway.jwt"]) == set()


def test_equal_parts_are_one():
    twice = CONFIG.replace("issuer: b", "issuer: a").replace("t" * 32, "o" * 32)
    shared = extensions(pipeline(twice))["crossway.jwt"]
    assert isinstance(shared, jwt_v3.JwtAuthentication)
    assert len(shared.providers) == len(shared.requirement_map) == 1


def test_a_route_that_is_closed_adds_nothing():
    closed = CONFIG.replace("issuer: b, jwks", "issuer: b, nothing: true, jwks")
    assert issuers(extensions(pipeline(closed))["crossway.jwt"]) == {"a"}


EDITS = {
    "another key": ("[k-alice]", "[k-new]"),
    "a second key": ("[k-alice]", "[k-alice, k-new]"),
    "a group": ("  alice: {", "  alice: {groups: [gold], "),
    "no consumer": ("  alice: {credentials: {api_key: [k-alice]}}", "  carol: {}"),
    "another issuer": ("issuer: b", "issuer: c"),
    "no keys for blue": ("policies: {api_key: {}}}}\n", "policies: {cors: {}}}}\n"),
    "a gateway less": ("[edge, inner]", "[edge]"),
}


@pytest.mark.parametrize("edit", EDITS)
def test_an_edit_leads_where_a_new_start_does(edit):
    old, new = EDITS[edit]
    edited = CONFIG.replace(old, new)
    assert edited != CONFIG
    made = pipeline(CONFIG)
    list(made.resources())
    made.adopt(made.read([Document("c.yaml", edited)]))
    for view in (View(), EDGE, INNER):
        assert {one.name: one.version for one in made.resources(view)} == {
            one.name: one.version for one in pipeline(edited).resources(view)
        }


@pytest.mark.parametrize("edit", ["another key", "a second key", "a group", "no consumer", "another issuer"])
def test_what_a_filter_knows_touches_no_listener(edit):
    def listeners(text: str) -> set[tuple[str, str]]:
        return {(one.name, one.version) for one in pipeline(text).resources() if one.type_url == LISTENER}

    assert listeners(CONFIG) == listeners(CONFIG.replace(*EDITS[edit]))


def test_a_key_that_two_have_is_that_of_the_first_and_is_told():
    twice = CONFIG.replace("routes:\n  one", "  zoe: {credentials: {api_key: [k-zoe, k-alice]}}\nroutes:\n  one")
    made = pipeline(twice)
    assert keys(extensions(made)["crossway.api_key"]) == {"k-alice": "alice", "k-zoe": "zoe"}
    (finding,) = made.findings()
    assert (finding.code, finding.field) == ("credential.duplicate", "consumers.zoe.credentials.api_key[1]")
    assert "k-alice" not in str(finding)


def test_the_policies_with_such_filters_are_among_ours():
    assert {"api_key", "authentication", "basic_auth", "jwt"} <= set(POLICIES)
