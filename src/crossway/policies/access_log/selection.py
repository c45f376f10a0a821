"""Selection: which requests are logged."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Annotated, Final

from pydantic import Field, model_validator

from crossway.compile.program import WORD
from crossway.model import Duration, Percent, Ref
from crossway.model.part import Part
from crossway.protos import pack
from crossway.protos.envoy.config.accesslog import v3 as accesslog_v3
from crossway.protos.envoy.config.core import v3 as core_v3
from crossway.protos.envoy.config.route import v3 as route_v3
from crossway.protos.envoy.extensions.access_loggers.filters.cel import v3 as cel_v3
from crossway.protos.envoy.type import v3 as type_v3
from crossway.protos.envoy.type.matcher import v3 as matcher_v3

_SLOWEST: Final = timedelta(days=49)
"""Envoy compares milliseconds in 32 bits, which is some hours more."""

Filter = accesslog_v3.AccessLogFilter


class When(Part):
    """Which requests are logged: those that meet any of the conditions."""

    status_from: Annotated[int, Field(ge=100, le=599)] | None = None
    """Those answered with this status or a higher one, and gRPC calls that failed, whose status is 200."""
    slower_than: Annotated[Duration, Field(le=_SLOWEST)] | None = None
    """Those that took longer; whole milliseconds, at most 49d."""
    sample: Percent | None = None
    """This percentage of all, drawn at random."""

    @model_validator(mode="after")
    def _any(self) -> When:
        if self.status_from is None and self.slower_than is None and self.sample is None:
            raise ValueError("write at least one of status_from, slower_than, sample")
        return self


def selection(when: When | None, skipped: Sequence[Ref], *, is_python: bool | None = None) -> Filter | None:
    """Return the filter that lets through what is logged; `None` if that is everything.

    With *is_python* it is what a route with Python answers, or what others do.
    """
    filters = [] if is_python is None else [_of_routes(with_python=is_python)]
    if skipped:
        filters.append(_not_of(skipped))
    if when is not None:
        filters.append(_any_of(_conditions(when)))
    return Filter(and_filter=accesslog_v3.AndFilter(filters=filters)) if len(filters) > 1 else next(iter(filters), None)


def _conditions(when: When) -> list[Filter]:
    filters = []
    if when.status_from is not None:
        at_least = _at_least(when.status_from, "crossway.access_log.status_from")
        filters.append(Filter(status_code_filter=accesslog_v3.StatusCodeFilter(comparison=at_least)))
        filters.append(_failed_grpc())
    if when.slower_than is not None:
        at_least = _at_least(int(when.slower_than.total_seconds() * 1000) + 1, "crossway.access_log.slower_than")
        filters.append(Filter(duration_filter=accesslog_v3.DurationFilter(comparison=at_least)))
    if when.sample is not None:
        share = type_v3.FractionalPercent(
            numerator=round(when.sample * 10_000), denominator=type_v3.FractionalPercent.MILLION
        )
        sample = accesslog_v3.RuntimeFilter(
            runtime_key="crossway.access_log.sample", percent_sampled=share, use_independent_randomness=True
        )
        filters.append(Filter(runtime_filter=sample))
    return filters


def _any_of(filters: list[Filter]) -> Filter:
    return filters[0] if len(filters) == 1 else Filter(or_filter=accesslog_v3.OrFilter(filters=filters))


def _at_least(number: int, key: str) -> accesslog_v3.ComparisonFilter:
    return accesslog_v3.ComparisonFilter(
        op=accesslog_v3.ComparisonFilter.GE, value=core_v3.RuntimeUInt32(default_value=number, runtime_key=key)
    )


def _failed_grpc() -> Filter:
    """Return what a failed gRPC call meets. Envoy gives every other answer a gRPC status, too, made of its own."""
    is_grpc = route_v3.HeaderMatcher(
        name="content-type", string_match=matcher_v3.StringMatcher(prefix="application/grpc")
    )
    has_failed = accesslog_v3.GrpcStatusFilter(statuses=[accesslog_v3.GrpcStatusFilter.OK], exclude=True)
    both = [
        Filter(header_filter=accesslog_v3.HeaderFilter(header=is_grpc)),
        Filter(grpc_status_filter=has_failed),
    ]
    return Filter(and_filter=accesslog_v3.AndFilter(filters=both))


def _of_routes(*, with_python: bool) -> Filter:
    told = route_v3.HeaderMatcher(name=WORD, present_match=True, invert_match=not with_python)
    return Filter(header_filter=accesslog_v3.HeaderFilter(header=told))


def _not_of(routes: Sequence[Ref]) -> Filter:
    """Return what the requests of *routes* do not meet, whichever of the matches of a route took them."""
    name = "xds.route_name"
    is_one = " || ".join(f"{name} == '{ref.local}' || {name}.startsWith('{ref.local}#')" for ref in routes)
    only = cel_v3.ExpressionFilter(expression=f"!(has({name}) && ({is_one}))")
    return Filter(
        extension_filter=accesslog_v3.ExtensionFilter(
            name="envoy.access_loggers.extension_filters.cel", typed_config=pack(only)
        )
    )
