"""Nobody but the gateway says who a client is."""

import pytest

from crossway.compile import identity
from crossway.compile.envoy import names
from crossway.daemon.snapshots import opened
from crossway.protos import unpack
from crossway.protos.envoy.config.listener import v3 as listener_v3
from crossway.protos.envoy.extensions.filters.network.http_connection_manager import v3 as hcm_v3
from crossway.protos.envoy.extensions.http.early_header_mutation.header_mutation import v3 as early_v3
from crossway.xds.protocol import LISTENER
from plan.planning import pipeline

CONFIG = """
gateways: {edge: {listeners: {http: 8080}}}
routes: {r: {respond: {body: hello}}}
"""


def manager() -> hcm_v3.HttpConnectionManager:
    (found,) = [one for one in pipeline(CONFIG).resources() if one.type_url == LISTENER and one.name != names.RUNTIME]
    listener = opened(found)
    assert isinstance(listener, listener_v3.Listener)
    message = unpack(listener.filter_chains[0].filters[-1].typed_config)
    assert isinstance(message, hcm_v3.HttpConnectionManager)
    return message


def test_what_says_who_it_was_is_taken_off_every_request_at_the_edge():
    first = unpack(manager().early_header_mutation_extensions[0].typed_config)
    assert isinstance(first, early_v3.HeaderMutation)
    assert {one.remove for one in first.mutations} >= set(identity.RESERVED)


def test_what_stages_tell_each_other_is_no_header_for_backends():
    assert not set(identity.HEADERS) & {identity.CLIENT, identity.SOLE, identity.USER, identity.SIGNED}
    assert len(set(identity.RESERVED)) == len(identity.RESERVED)


@pytest.mark.parametrize("name", identity.RESERVED)
def test_a_name_is_one_of_a_header_as_proxies_have_it(name):
    assert name == name.lower()
    assert name.startswith("x-")
