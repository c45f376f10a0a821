"""Counting in all proxies together, by shares: each reports what it lets through, and is told how much it may.

A proxy asks nobody while it handles a request. It has a share of the limit, which the control plane adapts to where
requests come in (`crossway.quota`); until it has one, the whole limit holds in it, and no more than that ever passes.

Law: whoever gives out shares needs no configuration. The identity of what is counted (`crossway.compile.shares`) says
all there is to know of it.
"""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import blake2b
from typing import Final

from crossway.compile import shares
from crossway.compile.envoy import names
from crossway.policies.rate_limit.keys import Key
from crossway.policies.rate_limit.limit import Limit, refusal_headers
from crossway.protos import pack
from crossway.protos.envoy.config.core import v3 as core_v3
from crossway.protos.envoy.config.route import v3 as route_v3
from crossway.protos.envoy.extensions.filters.common.set_filter_state import v3 as state_v3
from crossway.protos.envoy.extensions.filters.http.rate_limit_quota import v3 as quota_v3
from crossway.protos.envoy.extensions.filters.http.set_filter_state import v3 as set_filter_state_v3
from crossway.protos.envoy.extensions.matching.common_inputs.network import v3 as input_v3
from crossway.protos.envoy.type import v3 as type_v3
from crossway.protos.google import protobuf
from crossway.protos.xds.core import v3 as xds_core_v3
from crossway.protos.xds.type.matcher import v3 as xds_matcher_v3

Settings = quota_v3.RateLimitQuotaBucketSettings
Builder = Settings.BucketIdBuilder
Strategy = type_v3.RateLimitStrategy

_STATE: Final = "crossway.rate_limit"
"""Where a request carries, inside of the proxy, the name of the settings by which it is counted, and its keys."""
_NEXT: Final = "\x1f"
"""What comes between them, and cannot stand in a request (RFC 9110, section 5.5)."""
_ON: Final = route_v3.FilterConfig(config=protobuf.Any())
_KEY: Final = input_v3.FilterStateInput(key=_STATE)
_NOBODY: Final = Settings(reporting_interval=protobuf.Duration(seconds=5))


def key_reader() -> set_filter_state_v3.Config:
    """Return the filter that reads the keys of a request, without any to read."""
    return set_filter_state_v3.Config()


def quota_filter(actions: dict[str, Settings] | None = None) -> quota_v3.RateLimitQuotaFilterConfig:
    """Return the filter that holds requests to the share of the proxy, with what to do by the name of the settings."""
    chosen = {
        f"{name}{_NEXT}": xds_matcher_v3.Matcher.OnMatch(
            action=xds_core_v3.TypedExtensionConfig(name=name, typed_config=pack(settings))
        )
        for name, settings in (actions or {"nobody": _NOBODY}).items()
    }
    tree = xds_matcher_v3.Matcher.MatcherTree(
        input=xds_core_v3.TypedExtensionConfig(name="key", typed_config=pack(_KEY)),
        prefix_match_map=xds_matcher_v3.Matcher.MatcherTree.MatchMap(map=chosen),
    )
    return quota_v3.RateLimitQuotaFilterConfig(
        rlqs_server=core_v3.GrpcService(envoy_grpc=core_v3.GrpcService.EnvoyGrpc(cluster_name=names.LIMITER)),
        domain="rate_limit",
        bucket_matchers=xds_matcher_v3.Matcher(matcher_tree=tree),
    )


def quota_settings(limits: Sequence[Limit], *, status: int, told: bool) -> Settings:
    """Return how requests are held to *limits*."""
    text = shares.write(shares.Limit(limit.requests, limit.per.total_seconds(), limit.size) for limit in limits)
    said = {
        shares.LIMITS: Builder.ValueBuilder(string_value=text),
        shares.KEY: Builder.ValueBuilder(
            custom_value=core_v3.TypedExtensionConfig(name="key", typed_config=pack(_KEY))
        ),
    }
    return Settings(
        bucket_id_builder=Builder(bucket_id_builder=said),
        reporting_interval=protobuf.Duration(seconds=5),
        # Until there is a share, the token buckets behind this filter hold.
        no_assignment_behavior=Settings.NoAssignmentBehavior(
            fallback_rate_limit=Strategy(blanket_rule=Strategy.BlanketRule.ALLOW_ALL)
        ),
        deny_response_settings=Settings.DenyResponseSettings(
            http_status=type_v3.HttpStatus(code=type_v3.StatusCode.ValueType(status)),
            response_headers_to_add=refusal_headers(limits, told=told),
        ),
    )


def name_of(counter: str, settings: Settings, by: Sequence[Key]) -> str:
    """Return the name of the *settings* of a *counter* and its keys: the same for the same ones."""
    parts = [settings.SerializeToString(deterministic=True), *(key.format.encode() for key in by)]
    return f"{counter}:{blake2b(b''.join(parts), digest_size=4).hexdigest()}"


def read_keys(settings: str, by: Sequence[Key]) -> set_filter_state_v3.Config:
    """Return what reads the keys of a request that is counted by the *settings* of this name."""
    text = _NEXT.join([settings.replace("%", "%%"), *(key.format for key in by)])
    state = state_v3.FilterStateValue(
        object_key=_STATE,
        factory_key="envoy.string",
        format_string=core_v3.SubstitutionFormatString(text_format_source=core_v3.DataSource(inline_string=text)),
    )
    return set_filter_state_v3.Config(on_request_headers=[state])


def switched_on() -> route_v3.FilterConfig:
    """Return what switches a filter on that has no settings of a route."""
    return _ON
