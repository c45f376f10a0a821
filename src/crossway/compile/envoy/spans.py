"""Spans of requests that pass Python: one for the request, and one below it for each call to a backend.

Law: one request is one trace, of which all is reported or nothing. The listener of the clients decides that, and its
span is the parent of all that Python sends on. A proxy writes the context of a trace only into what it passes on
itself; so a route with Python tells the runtime which span it is, and the runtime writes the context.
"""

from __future__ import annotations

from typing import Final

from crossway.compile.contract import Site
from crossway.compile.envoy import names
from crossway.compile.envoy.fragments import compile_policies
from crossway.compile.program import STEP
from crossway.compile.tags import command_tag
from crossway.memo import Read
from crossway.plan.attachment import Target
from crossway.plan.gateway import plan_gateway
from crossway.plan.route import Door
from crossway.protos import pack, unpack
from crossway.protos.envoy.config.route import v3 as route_v3
from crossway.protos.envoy.config.trace import v3 as trace_v3
from crossway.protos.envoy.extensions.filters.http.header_to_metadata import v3 as header_to_metadata_v3
from crossway.protos.envoy.extensions.filters.network.http_connection_manager import v3 as hcm_v3
from crossway.protos.envoy.type import v3 as type_v3

_SPAN: Final = "%TRACE_ID%%SPAN_ID%"
_CALL: Final = "%REQ(:METHOD)% "
_ALL: Final = 100.0
_NOTES: Final = ("crossway.step", "name")
"""Where the step of a composition stands among the dynamic metadata: the namespace and the key."""


def undisclosed_share(read: Read, door: Door) -> float | None:
    """Return the share of requests, in percent, that the listener at *door* reports; `None` where ids say which.

    Envoy notes in the id of a request whether it is reported, unless the id is one that others gave it.
    """
    gateway = read(plan_gateway, door.gateway)
    listener = next((one for one in gateway.listeners if one.name == door.listener), None) if gateway else None
    if listener is None:
        return None
    site = Site(door.gateway, door.gateway.namespace, listener=door.listener)
    fragments, _ = compile_policies(read, Target.LISTENER, listener.policies, site)
    managers = [one.connection_manager for one in fragments.values() if one.connection_manager is not None]
    if not any(one.HasField("request_id_extension") for one in managers):
        return None
    return next((one.tracing.random_sampling.value for one in managers if one.HasField("tracing")), None)


def said(undisclosed: float | None, route: route_v3.Route) -> str:
    """Return what *route* tells of its span, as Envoy's formatter writes it: nothing where there is none.

    Where the share is *undisclosed*, nobody can say which requests are reported, unless all are: then none of what
    Python sends on is.
    """
    if undisclosed is None:
        return _SPAN
    share = route.tracing.random_sampling.numerator / 10_000 if route.HasField("tracing") else undisclosed
    return f"{_SPAN}{int(share >= _ALL)}"


def trace_below(manager: hcm_v3.HttpConnectionManager, outer: hcm_v3.HttpConnectionManager) -> None:
    """Let *manager*, behind Python, report the calls of requests that *outer* reports, and begin no traces."""
    tracing = manager.tracing
    tracing.CopyFrom(outer.tracing)
    tracing.random_sampling.value = 0
    tracing.custom_tags.append(command_tag("crossway.step", f"%DYNAMIC_METADATA({':'.join(_NOTES)})%"))
    settings = unpack(tracing.provider.typed_config)
    if isinstance(settings, trace_v3.ZipkinConfig):  # the runtime writes the one context that all tracers can read
        settings.trace_context_option = trace_v3.ZipkinConfig.USE_B3_WITH_W3C_PROPAGATION
        tracing.provider.typed_config.CopyFrom(pack(settings))
    if outer.HasField("request_id_extension"):
        manager.request_id_extension.CopyFrom(outer.request_id_extension)
    # A tag is made at the end of a request, when the headers that are between us are gone.
    noting = header_to_metadata_v3.Config()
    note = noting.request_rules.add(header=STEP, remove=True).on_header_present
    note.metadata_namespace, note.key = _NOTES
    filter_ = hcm_v3.HttpFilter(name=names.http_filter("python.step"), typed_config=pack(noting))
    manager.http_filters.insert(0, filter_)


def of_call(service: str) -> route_v3.Tracing:
    """Return what the spans of calls to *service* are named."""
    name = f"{_CALL}{service}"
    nothing = type_v3.FractionalPercent()
    return route_v3.Tracing(random_sampling=nothing, operation=name, upstream_operation=name)
