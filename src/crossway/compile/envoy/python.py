"""Routes with Python: the filter that runs it, and the inner listener through which it reaches backends.

Law: what a route does without Python it does behind Python too. The runtime never talks to a backend: it sends what is
to go on to the inner listener, where the very action of the route is taken, with its retries, timeouts and weights.
The route that clients reach has no backend of its own, so it is closed while no Python runs, and nothing gets past it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final

from google.protobuf.message import Message
from msgspec import json

from crossway.compile import identity
from crossway.compile.contract import Fragment, Policies, Stage
from crossway.compile.envoy import heads, names, process
from crossway.compile.envoy.answer import closed
from crossway.compile.envoy.fragments import Need
from crossway.compile.envoy.resource import Resource
from crossway.compile.program import (
    CLAIMED,
    CLAIMS,
    METRICS,
    RUNS,
    RUNTIME_SOCKET,
    SPAN,
    STEP,
    UPSTREAM,
    WORD,
    Code,
    Entry,
    PluginStep,
    Program,
    Purge,
    decode,
    digest,
    encode,
    is_about_heads,
    shown,
)
from crossway.compile.variables import BEHIND_PYTHON, NOTES
from crossway.model import Finding, Ref
from crossway.protos import pack, type_url, unpack
from crossway.protos.envoy.config.core import v3 as core_v3
from crossway.protos.envoy.config.listener import v3 as listener_v3
from crossway.protos.envoy.config.route import v3 as route_v3
from crossway.protos.envoy.extensions.dynamic_modules import v3 as dynamic_modules_v3
from crossway.protos.envoy.extensions.filters.http.dynamic_modules import v3 as python_v3
from crossway.protos.envoy.extensions.filters.http.fault import v3 as fault_v3
from crossway.protos.envoy.extensions.filters.http.header_mutation import v3 as header_mutation_v3
from crossway.protos.envoy.extensions.filters.http.header_to_metadata import v3 as header_to_metadata_v3
from crossway.protos.envoy.extensions.filters.http.router import v3 as router_v3
from crossway.protos.envoy.extensions.filters.network.http_connection_manager import v3 as hcm_v3
from crossway.protos.envoy.service.discovery import v3 as discovery_v3
from crossway.protos.envoy.type import v3 as type_v3
from crossway.protos.google import protobuf

FILTER: Final = "python"
"""The filter that runs Python."""
PROGRAM: Final = "python.program"
"""The filter that brings the program, and never sees a request."""
TELL: Final = "python.entry"
"""The filter that tells the runtime which entry of the program is meant."""
UPSTREAMS: Final = "python.upstreams"
"""The filter that notes, for the access log, what has answered the runtime."""
PATH: Final = "python.path"
"""The filter that refuses the paths with which Python cannot be asked."""
_READABLE: Final = (
    r"(?i)(?:[^%?]|%+[^89a-f%?]|%+(?:c[2-9a-f]|d[0-9a-f])%[89ab][0-9a-f]"
    r"|%+(?:e0%[ab][0-9a-f]|e[1-9abcef]%[89ab][0-9a-f]|ed%[89][0-9a-f])%[89ab][0-9a-f]"
    r"|%+(?:f0%[9ab][0-9a-f]|f[1-3]%[89ab][0-9a-f]|f4%8[0-9a-f])%[89ab][0-9a-f]%[89ab][0-9a-f])*%*(?:\?.*)?"
)
"""A path whose escapes are UTF-8 (RFC 3629, section 4): the module drops a request with others, without an answer."""
_CODE: Final = "python.code"
"""What a route needs of the program beside its entry, among its needs."""
MODULE: Final = "pyvoy"
"""The dynamic module, found where the proxy was told to look for them at its start."""
RUNTIME: Final = "crossway.runtime.entry"
"""The module that reads the program: out of the name by which its application is asked for."""


def filters() -> tuple[hcm_v3.HttpFilter, ...]:
    """Return the filters that stand on every listener, switched off.

    The last one is native until there is a program, so a proxy whose routes need no Python never loads it; then it
    never changes, so that what handlers keep in their loop stays.
    """
    tell = hcm_v3.HttpFilter(
        name=names.http_filter(TELL), disabled=True, typed_config=pack(header_mutation_v3.HeaderMutation())
    )
    readable = fault_v3.HTTPFault(abort=fault_v3.FaultAbort(http_status=400, percentage=type_v3.FractionalPercent()))
    readable.abort.percentage.numerator = 100
    path = readable.headers.add(name=":path", invert_match=True)
    path.string_match.safe_regex.regex = _READABLE
    refuse = hcm_v3.HttpFilter(name=names.http_filter(PATH), disabled=True, typed_config=pack(readable))
    noting = header_to_metadata_v3.Config()
    rule = noting.response_rules.add(header=UPSTREAM, remove=True)
    note = rule.on_header_present
    note.metadata_namespace, note.key = NOTES
    note.type, note.encode = noting.PROTOBUF_VALUE, noting.BASE64
    upstreams = hcm_v3.HttpFilter(name=names.http_filter(UPSTREAMS), disabled=True, typed_config=pack(noting))
    return refuse, tell, heads.http_filter(), upstreams, _discovered(FILTER)


def _discovered(name: str) -> hcm_v3.HttpFilter:
    found = hcm_v3.HttpFilter(name=names.http_filter(name), disabled=True)
    types = (python_v3.DynamicModuleFilter, header_mutation_v3.HeaderMutation)
    found.config_discovery.type_urls.extend(map(type_url, types))
    found.config_discovery.config_source.resource_api_version = core_v3.ApiVersion.V3
    found.config_discovery.config_source.ads.SetInParent()
    # A proxy that cannot run Python refuses the program: it serves all other routes from the start even so.
    found.config_discovery.default_config.CopyFrom(pack(header_mutation_v3.HeaderMutation()))
    found.config_discovery.apply_default_config_without_warming = True
    return found


def runtime_listener() -> Resource:
    """Return the listener, at a socket in the directory of the proxy, that asks the runtime what plugins cost.

    It has the filter that brings the program, too: once for the whole proxy.
    """
    tell = header_mutation_v3.HeaderMutation()
    tell.mutations.request_mutations.add().append.CopyFrom(_overwrite(WORD, METRICS))
    *_, python = filters()
    python.disabled = False
    host = route_v3.VirtualHost(name=names.RUNTIME, domains=["*"])
    host.routes.add(match=route_v3.RouteMatch(prefix="/"), direct_response=_unavailable().direct_response)
    manager = hcm_v3.HttpConnectionManager(
        stat_prefix=names.RUNTIME,
        route_config=route_v3.RouteConfiguration(name=names.RUNTIME, virtual_hosts=[host]),
        http_filters=[
            hcm_v3.HttpFilter(name=names.http_filter(TELL), typed_config=pack(tell)),
            _discovered(PROGRAM),
            python,
            hcm_v3.HttpFilter(name="envoy.filters.http.router", typed_config=pack(router_v3.Router())),
        ],
    )
    listener = listener_v3.Listener(name=names.RUNTIME)
    listener.address.pipe.path = RUNTIME_SOCKET
    listener.address.pipe.mode = 0o600
    chain = listener.filter_chains.add()
    chain.filters.add(name="envoy.filters.network.http_connection_manager", typed_config=pack(manager))
    return Resource.of(listener.name, listener)


def _unavailable() -> route_v3.Route:
    return closed(Finding("python.unavailable", "no Python runs in this proxy"))


def entry(
    fragments: Mapping[str, Fragment], policies: Policies, about: Ref, cluster: str, route: str
) -> tuple[Entry, set[Need]]:
    """Return what the runtime has to do for the route *about*, and what that needs of the program.

    It sends requests on through the *cluster* of an inner listener, which knows the route by the word *route*.
    """
    staged = sorted((policies[name].stage if name in policies else Stage.ROUTER, name) for name in fragments)
    steps = tuple(step for _, name in staged for step in fragments[name].steps)
    found = Entry(str(about), steps, cluster, route)
    codes = {code for fragment in fragments.values() for code in fragment.codes}
    return found, {Need(FILTER, json.encode(found)), *(Need(_CODE, json.encode(code)) for code in codes)}


def outer(route: route_v3.Route, entry: Entry, span: str) -> route_v3.Route:
    """Return what clients reach: the Python of *entry*, which is told *span*. Without it, an answer that says so."""
    is_forwarded = process.is_forwarded(entry)
    found = process.forward(entry) if is_forwarded else _unavailable()
    told: Mapping[str, str] = {SPAN: span}
    if any(step.kind in CLAIMED for step in entry.steps):
        told = {**told, CLAIMS: f"%DYNAMIC_METADATA({':'.join(identity.CLAIMS)})%"}
    written: Mapping[str, str] = BEHIND_PYTHON
    if is_about_heads(entry):
        found, told, written = heads.asking(route), heads.TOLD, {}
    for name, settings in route.typed_per_filter_config.items():
        found.typed_per_filter_config[name].CopyFrom(settings)
    if route.HasField("tracing"):
        found.tracing.CopyFrom(route.tracing)
    if is_forwarded:
        return found
    tell = header_mutation_v3.HeaderMutationPerRoute()
    for name in dict.fromkeys((SPAN, STEP, *told)):
        tell.mutations.request_mutations.add(remove=name)
    for name, value in (*told.items(), (WORD, digest(entry))):
        tell.mutations.request_mutations.add().append.CopyFrom(_overwrite(name, value))
    # Whoever answers, a backend or the Python itself: the headers that the route adds are on every answer.
    for name in (*route.response_headers_to_remove, *((heads.TIME,) if is_about_heads(entry) else ())):
        tell.mutations.response_mutations.add(remove=name)
    for option in filter(heads.is_added, route.response_headers_to_add):
        added = tell.mutations.response_mutations.add().append
        added.CopyFrom(option)
        for command, behind_python in written.items():
            added.header.value = added.header.value.replace(command, behind_python)
    on = route_v3.FilterConfig(config=protobuf.Any())
    switched: Mapping[str, Message] = dict.fromkeys((PATH, UPSTREAMS, FILTER), on)
    if is_about_heads(entry):
        switched = {heads.FILTER: heads.asked(entry)}
        if size := shown(entry):
            found.request_body_buffer_limit.value = max(size, found.request_body_buffer_limit.value)
    for name, message in ((TELL, tell), *switched.items()):
        found.typed_per_filter_config[names.http_filter(name)].CopyFrom(pack(message))
    return found


def inner(native: route_v3.Route) -> route_v3.Route:
    """Return the route *native* as the runtime reaches it: behind all filters."""
    found = route_v3.Route()
    found.CopyFrom(native)
    for done in ("match", "typed_per_filter_config", "response_headers_to_add", "response_headers_to_remove"):
        found.ClearField(done)
    if native.HasField("tracing"):
        found.tracing.random_sampling.CopyFrom(type_v3.FractionalPercent())  # whether it is reported was decided before
    found.response_headers_to_add.extend(one for one in native.response_headers_to_add if not heads.is_added(one))
    path = native.match.WhichOneof("path_specifier")
    assert path is not None, f"{native.name} matches no path"
    is_exact = native.match.case_sensitive.value or not native.match.HasField("case_sensitive")
    found.match.case_sensitive.value = is_exact
    _copy(native.match, found.match, path)
    return found


def _copy(source: Message, target: Message, field: str) -> None:
    value = getattr(source, field)
    if isinstance(value, Message):
        getattr(target, field).CopyFrom(value)
    else:
        setattr(target, field, value)


def namespaces(needs: Iterable[Need]) -> frozenset[str]:
    """Return the namespaces whose services the plugins among *needs* may call."""
    entries = (json.decode(need.content, type=Entry) for need in needs if need.filter == FILTER and need.content)
    plugins = (step for entry in entries for step in entry.steps if step.kind in RUNS)
    return frozenset(json.decode(step.settings, type=PluginStep).namespace for step in plugins)


def program(needs: Iterable[Need], purges: Iterable[Purge] = ()) -> Program:
    """Return the program of a proxy whose routes have *needs*, with the *purges* that its caches obey."""
    needs = set(needs)
    entries = (json.decode(need.content, type=Entry) for need in needs if need.filter == FILTER and need.content)
    codes = (json.decode(need.content, type=Code) for need in needs if need.filter == _CODE)
    return Program(
        dict(sorted((digest(entry), entry) for entry in entries)),
        dict(sorted((digest(code), code) for code in codes)),
        tuple(sorted(purges, key=lambda purge: (purge.at, purge.id))),
    )


def extensions(program: Program) -> tuple[Resource, ...]:
    """Return the settings of both filters: the program itself is in one, so what a proxy accepts is what it runs.

    Without entries there are none. What is not there any more is taken from a proxy when its routes need it no longer;
    others in their place would come before these.
    """
    return (_extension(PROGRAM, encode(program)), _extension(FILTER, "app")) if program.entries else ()


def program_of(brought: Resource) -> Program:
    """Return the program that the first of `extensions` holds."""
    config = unpack(discovery_v3.Resource.FromString(brought.wire).resource)
    assert isinstance(config, core_v3.TypedExtensionConfig)
    filter_ = unpack(config.typed_config)
    assert isinstance(filter_, python_v3.DynamicModuleFilter)
    settings = protobuf.StringValue.FromString(filter_.filter_config.value).value
    application: str = json.decode(settings, type=dict[str, str])["app"]
    return decode(application.partition(":")[2])


def _extension(filter_name: str, application: str) -> Resource:
    name = names.http_filter(filter_name)
    settings = {"app": f"{RUNTIME}:{application}", "interface": "asgi", "root_path": ""}
    message = python_v3.DynamicModuleFilter(
        dynamic_module_config=dynamic_modules_v3.DynamicModuleConfig(name=MODULE, do_not_close=True),
        filter_name=MODULE,
        filter_config=pack(protobuf.StringValue(value=json.encode(settings).decode())),
    )
    return Resource.of(name, core_v3.TypedExtensionConfig(name=name, typed_config=pack(message)))


def _overwrite(name: str, value: str) -> core_v3.HeaderValueOption:
    return core_v3.HeaderValueOption(
        header=core_v3.HeaderValue(key=name, value=value),
        append_action=core_v3.HeaderValueOption.OVERWRITE_IF_EXISTS_OR_ADD,
    )
