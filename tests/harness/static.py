"""From compiled resources to a bootstrap that holds them all, for Envoy to validate at once.

What Envoy asks for by ADS it does not validate in a bootstrap; so routes, filters, endpoints and secrets are put where
they are referred to.
"""

from collections.abc import Iterable

from google.protobuf.message import Message

from crossway.compile.envoy.resource import Resource
from crossway.daemon.proof.stand_alone import stand_alone
from crossway.fleet.validate import static
from crossway.protos import pack, unpack
from crossway.protos.envoy.config.bootstrap import v3 as bootstrap_v3
from crossway.protos.envoy.config.cluster import v3 as cluster_v3
from crossway.protos.envoy.config.core import v3 as core_v3
from crossway.protos.envoy.config.endpoint import v3 as endpoint_v3
from crossway.protos.envoy.config.listener import v3 as listener_v3
from crossway.protos.envoy.config.route import v3 as route_v3
from crossway.protos.envoy.extensions.filters.http.dynamic_modules import v3 as python_v3
from crossway.protos.envoy.extensions.filters.network.http_connection_manager import v3 as hcm_v3
from crossway.protos.envoy.extensions.transport_sockets.tls import v3 as tls_v3
from crossway.protos.envoy.service.discovery import v3 as discovery_v3
from crossway.protos.google import protobuf


def message_of(resource: Resource) -> Message:
    """Return the message inside *resource*."""
    return unpack(discovery_v3.Resource.FromString(resource.wire).resource)


def self_contained(resources: Iterable[Resource]) -> bootstrap_v3.Bootstrap:
    """Return a bootstrap with the listeners and clusters of *resources*, everything else inside of them."""
    messages = [message_of(resource) for resource in resources]
    tables = {message.name: message for message in messages if isinstance(message, route_v3.RouteConfiguration)}
    endpoints = {
        message.cluster_name: message for message in messages if isinstance(message, endpoint_v3.ClusterLoadAssignment)
    }
    filters = {
        message.name: message.typed_config for message in messages if isinstance(message, core_v3.TypedExtensionConfig)
    }
    needed = sorted(
        {need.name for table in tables.values() for need in stand_alone(table) if need.kind is tls_v3.Secret}
    )
    secrets = [_secret(name) for name in needed]
    for message in messages:
        if isinstance(message, listener_v3.Listener):
            _inline(message, tables, filters)
        elif isinstance(message, cluster_v3.Cluster) and message.type == cluster_v3.Cluster.EDS:
            message.ClearField("eds_cluster_config")
            message.type = cluster_v3.Cluster.STATIC
            message.load_assignment.CopyFrom(endpoints[message.name])
    held = (message for message in messages if isinstance(message, listener_v3.Listener | cluster_v3.Cluster))
    return static(*secrets, *held)


def _secret(name: str) -> tls_v3.Secret:
    """Return a secret for the filters of a route that name one."""
    return tls_v3.Secret(
        name=name, generic_secret=tls_v3.GenericSecret(secret=core_v3.DataSource(inline_string="secret"))
    )


def _inline(
    listener: listener_v3.Listener, tables: dict[str, route_v3.RouteConfiguration], filters: dict[str, protobuf.Any]
) -> None:
    for chain in listener.filter_chains:
        for item in chain.filters:
            manager = unpack(item.typed_config)
            if isinstance(manager, hcm_v3.HttpConnectionManager):
                if manager.HasField("rds"):
                    manager.route_config.CopyFrom(tables[manager.rds.route_config_name])
                for each in manager.http_filters:
                    if each.HasField("config_discovery"):
                        discovery = each.config_discovery
                        found = filters.get(each.name)
                        # Validation runs no Python: what stands in until there is a program takes its place.
                        is_python = found is None or found.Is(python_v3.DynamicModuleFilter.DESCRIPTOR)
                        assert found is not None or discovery.apply_default_config_without_warming, each.name
                        each.typed_config.CopyFrom(discovery.default_config if is_python else found)
                item.typed_config.CopyFrom(pack(manager))
