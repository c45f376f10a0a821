"""HTTP filters: one for each that a policy has, and those among them that are delivered by themselves.

A filter that knows consumers, or something of every route, changes far more often than its listener, and a listener
that changes drains its connections. So its settings are a resource of their own (extension config discovery, ECDS).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from google.protobuf.message import Message

from crossway.compile.contract import Consumers, OfConsumers, PlacedFilter, Shared, Stage
from crossway.compile.envoy import heads, names, process, python
from crossway.compile.envoy.fragments import Need, policies
from crossway.compile.envoy.resource import Resource
from crossway.compile.envoy.route import compile_route
from crossway.compile.program import Purge
from crossway.memo import Index, Read, Table
from crossway.model import DEFAULT_NAMESPACE, Consumer, Finding, Findings, Ref
from crossway.plan.route import BY_KIND, plan_route
from crossway.plan.tables import RESOURCES, resource
from crossway.protos import pack, type_url
from crossway.protos.envoy.config.core import v3 as core_v3
from crossway.protos.envoy.extensions.filters.network.http_connection_manager import v3 as hcm_v3


def _by_need(read: Read, ref: Ref) -> frozenset[tuple[Ref, Need]]:
    """Return pairs of a gateway and what it needs of a filter, because of the route *ref*."""
    plan = read(plan_route, ref) if ref.kind == "routes" else None
    if plan is None or plan.closed is not None:
        return frozenset()
    doors = dict.fromkeys(door for _, door in plan.placements)
    return frozenset(
        (door.gateway, need)
        for door in doors
        for index in range(len(plan.route.matches))
        for need in read(compile_route, ref, index, door).needs
    )


BY_NEED: Index[Ref, tuple[Ref, Need]] = Index(RESOURCES, _by_need, "by need")


PURGES: Table[str, Purge] = Table("purges")
"""What the caches of all proxies must not give any more, by the id of the purge."""


def purges(read: Read) -> tuple[Purge, ...]:
    """Return what caches must not give any more."""
    return tuple(purge for name in read.keys(PURGES) if (purge := read.input(PURGES, name)) is not None)


def http_filters(read: Read, gateway: Ref, placed: Iterable[PlacedFilter]) -> list[hcm_v3.HttpFilter]:
    """Return the filters of policies, in the order of the stages, each of them off until a route switches it on.

    Those that are *placed* by a person stand among them.
    """
    needed = {need.filter for there, need in read.groups(BY_NEED) if there == gateway}
    staged = [((item.stage, 1 if item.after else -1), item.filter) for item in placed]
    staged.extend(((Stage.PLUGIN, 0), item) for item in python.filters())
    for _, policy in sorted(read(policies).items()):
        filters: list[hcm_v3.HttpFilter] = []
        for name, message in policy.filters.items():
            if isinstance(message, Message):
                filters.append(_filter(names.http_filter(name), message))
            elif isinstance(message, Shared):
                filters.append(_discovered(names.http_filter(name), message.message))
            else:
                empty, _ = message.message(())
                of = [one for one in sorted(needed) if one.partition("/")[0] == name and one != name]
                filters.extend(_discovered(names.http_filter(one), empty) for one in (name, *of))
        staged.extend(((policy.stage, 0), item) for item in filters)
    return [item for _, item in sorted(staged, key=lambda item: item[0])]


def compile_extensions(read: Read, gateways: tuple[Ref, ...]) -> tuple[Resource, ...]:
    """Return the filters of *gateways*, of one proxy, that are delivered by themselves."""
    needed = [need for gateway, need in read.groups(BY_NEED) if gateway in gateways]
    if not gateways:
        return ()
    program = python.program(needed, read(purges))
    return (
        *_extensions(read, needed),
        *python.extensions(program),
        *process.clusters(program),
        *heads.clusters(program),
    )


def _extensions(read: Read, needed: Iterable[Need]) -> Iterator[Resource]:
    for policy, known in read(policies).items():
        for name, message in known.filters.items():
            if isinstance(message, Shared):
                whole = type(message.message)()
                whole.CopyFrom(message.message)
                for content in sorted({need.content for need in needed if need.filter == name}):
                    whole.MergeFromString(content)
                yield _extension(name, whole)
            elif isinstance(message, OfConsumers):
                of = {need.filter.partition("/")[2] for need in needed if need.filter.partition("/")[0] == name}
                for namespace in sorted({DEFAULT_NAMESPACE, *of} - {""}):
                    yield read(consumer_extension, policy, name, namespace)[0]


def consumer_extension(read: Read, policy: str, name: str, namespace: str) -> tuple[Resource, Findings]:
    """Return the filter *name* of *policy* that knows the consumers of *namespace*, and what is wrong with them."""
    message = read(policies)[policy].filters[name]
    assert isinstance(message, OfConsumers), f"{name} knows no consumers"
    whole, findings = message.message(read(consumers, namespace))
    return _extension(names.of_namespace(name, namespace), whole), findings


def consumer_findings(read: Read, namespace: str) -> Findings:
    """Return what is wrong with the credentials of the consumers of *namespace*."""
    found: list[Finding] = []
    for policy, known in read(policies).items():
        for name, message in known.filters.items():
            if isinstance(message, OfConsumers):
                found.extend(read(consumer_extension, policy, name, namespace)[1])
    return tuple(found)


def consumers(read: Read, namespace: str) -> Consumers:
    """Return the consumers of *namespace*, ordered by name."""
    found = ((ref, resource(read, Consumer, ref)) for ref in read.group(BY_KIND, ("consumers", namespace)))
    return tuple((ref, consumer) for ref, consumer in found if consumer is not None)


def _extension(name: str, message: Message) -> Resource:
    name = names.http_filter(name)
    return Resource.of(name, core_v3.TypedExtensionConfig(name=name, typed_config=pack(message)))


def _filter(name: str, message: Message) -> hcm_v3.HttpFilter:
    return hcm_v3.HttpFilter(name=name, typed_config=pack(message), disabled=True)


def _discovered(name: str, message: Message) -> hcm_v3.HttpFilter:
    found = hcm_v3.HttpFilter(name=name, disabled=True)
    found.config_discovery.type_urls.append(type_url(message))
    source = found.config_discovery.config_source
    source.resource_api_version = core_v3.ApiVersion.V3
    source.ads.SetInParent()
    return found
