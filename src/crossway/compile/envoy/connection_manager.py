"""The HTTP connection manager: safe for the edge by default.

The defaults follow Envoy's own page, "Configuring Envoy as an edge proxy"; each that a person may want to change is a
policy with a default, and is compiled like any other policy. What stands here nobody can switch off.
"""

from __future__ import annotations

from collections.abc import Iterable

from crossway.compile import identity
from crossway.compile.contract import Fragment, PlacedFilter, Site
from crossway.compile.envoy import names
from crossway.compile.envoy.answer import local_replies
from crossway.compile.envoy.extensions import http_filters
from crossway.compile.envoy.fragments import conflict, overwrite_slot
from crossway.compile.envoy.layout import SCOPE_HEADER
from crossway.compile.envoy.merge import merge
from crossway.compile.envoy.table import SCOPES, scope_key, table_layout
from crossway.memo import Read
from crossway.model import Findings, Ref
from crossway.plan.gateway import RouteTable
from crossway.protos import pack
from crossway.protos.envoy.config.common.mutation_rules import v3 as mutation_v3
from crossway.protos.envoy.config.core import v3 as core_v3
from crossway.protos.envoy.extensions.filters.http.router import v3 as router_v3
from crossway.protos.envoy.extensions.filters.network.http_connection_manager import v3 as hcm_v3
from crossway.protos.envoy.extensions.http.early_header_mutation.header_mutation import v3 as header_mutation_v3


def connection_manager(
    read: Read, table: RouteTable, site: Site, fragments: dict[str, Fragment]
) -> tuple[hcm_v3.HttpConnectionManager, Findings]:
    """Return the connection manager that looks routes up in *table*, and what is wrong with its policies."""
    manager = hcm_v3.HttpConnectionManager(
        stat_prefix=names.statistics(names.table(table.gateway, table.name)),
        codec_type=hcm_v3.HttpConnectionManager.AUTO,
        server_header_transformation=hcm_v3.HttpConnectionManager.PASS_THROUGH,
        always_set_request_id_in_response=True,
        strip_trailing_host_dot=True,
    )
    forged = header_mutation_v3.HeaderMutation(
        mutations=[mutation_v3.HeaderMutation(remove=name) for name in identity.RESERVED]
    )
    _mutate_early(manager, forged)
    _look_up_routes(read, manager, table)
    manager.upgrade_configs.add(upgrade_type="websocket")
    manager.local_reply_config.CopyFrom(local_replies())
    findings: Findings = ()
    for name, fragment in fragments.items():
        if fragment.connection_manager is not None:
            field = merge(manager, fragment.connection_manager)
            if field is not None:
                findings = (*findings, conflict(name, field, site))
    overwrite_slot("connection_manager", manager, fragments)
    placed = [item for fragment in fragments.values() for item in fragment.http_filters]
    manager.http_filters.extend(_filters(read, table.gateway, placed))
    return manager, findings


def _look_up_routes(read: Read, manager: hcm_v3.HttpConnectionManager, table: RouteTable) -> None:
    """Say where the routes come from: one route configuration, or the bucket of the request's host."""
    layout = read(table_layout, table)
    if layout is None:
        manager.rds.route_config_name = names.table(table.gateway, table.name)
        _from_stream(manager.rds.config_source)
        return
    scoped = manager.scoped_routes
    scoped.name = SCOPES
    extractor = scoped.scope_key_builder.fragments.add().header_value_extractor
    extractor.name = SCOPE_HEADER
    extractor.element_separator = "\x01"
    extractor.index = 0
    _from_stream(scoped.rds_config_source)
    _from_stream(scoped.scoped_rds.scoped_rds_config_source)
    found = header_mutation_v3.HeaderMutation()
    found.mutations.add().append.CopyFrom(
        core_v3.HeaderValueOption(
            header=core_v3.HeaderValue(key=SCOPE_HEADER, value=scope_key(table, layout.format)),
            append_action=core_v3.HeaderValueOption.OVERWRITE_IF_EXISTS_OR_ADD,
        )
    )
    _mutate_early(manager, found)


def _mutate_early(manager: hcm_v3.HttpConnectionManager, mutation: header_mutation_v3.HeaderMutation) -> None:
    manager.early_header_mutation_extensions.add(
        name="envoy.http.early_header_mutation.header_mutation", typed_config=pack(mutation)
    )


def _from_stream(source: core_v3.ConfigSource) -> None:
    source.resource_api_version = core_v3.ApiVersion.V3
    source.ads.SetInParent()


def _filters(read: Read, gateway: Ref, placed: Iterable[PlacedFilter]) -> list[hcm_v3.HttpFilter]:
    """Return the filters: those of the policies with those that are *placed* among them, then the router."""
    router = router_v3.Router(suppress_envoy_headers=True)
    last = hcm_v3.HttpFilter(name="envoy.filters.http.router", typed_config=pack(router))
    return [*http_filters(read, gateway, placed), last]
