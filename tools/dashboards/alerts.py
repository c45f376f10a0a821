"""The alert rules: what an operator is woken for, and what can wait for the morning."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from tools.dashboards import names

_EDGE: Final = 'envoy_http_conn_manager_prefix!~"admin|async-client"'
_BACKEND: Final = 'envoy_cluster_name!~"xds|crossway/.*"'
_DAY: Final = 86_400


@dataclass(frozen=True, slots=True)
class Alert:
    """One rule."""

    name: str
    expression: str
    lasting: str
    """How long it has to hold: `5m`."""
    summary: str
    """One sentence; labels are `{{ $labels.NAME }}`."""
    critical: bool = False
    """Whether somebody is woken."""


@dataclass(frozen=True, slots=True)
class Group:
    """Rules that belong together."""

    name: str
    alerts: tuple[Alert, ...]


def _rate(name: str, where: str = "", by: str = "") -> str:
    return f"sum{f' by ({by}) ' if by else ''}(rate({name}{{{where}}}[5m]))"


def _share(part: str, whole: str, most: float) -> str:
    return f"{part} / {whole} > {most}"


_5XX: Final = 'envoy_response_code_class="5"'

GROUPS: Final = (
    Group(
        "crossway.requests",
        (
            Alert(
                "CrosswayErrors",
                _share(
                    _rate(names.ANSWERS, f"{_EDGE},{_5XX}", "instance"), _rate(names.ANSWERS, _EDGE, "instance"), 0.05
                ),
                "5m",
                "More than 5 % of the requests at {{ $labels.instance }} are answered 5xx.",
                critical=True,
            ),
            Alert(
                "CrosswayRouteErrors",
                _share(_rate(names.REQUESTS, 'status=~"5.."', "route"), _rate(names.REQUESTS, "", "route"), 0.1),
                "5m",
                "More than 10 % of the requests of route {{ $labels.route }} are answered 5xx.",
            ),
            Alert(
                "CrosswaySlow",
                f"histogram_quantile(0.99, {_rate(f'{names.TIME}_bucket', _EDGE, 'le, instance')}) > 2500",
                "10m",
                "One request of a hundred at {{ $labels.instance }} takes longer than 2.5 s.",
            ),
            Alert(
                "CrosswayManyRefused",
                _share(_rate(names.REQUESTS, 'status="429"', "route"), _rate(names.REQUESTS, "", "route"), 0.5),
                "10m",
                "Limits refuse more than half of the requests of route {{ $labels.route }}.",
            ),
            Alert(
                "CrosswayManyUnauthenticated",
                _share(_rate(names.REQUESTS, 'status="401"', "route"), _rate(names.REQUESTS, "", "route"), 0.5),
                "10m",
                "More than half of the requests of route {{ $labels.route }} have no right credential.",
            ),
        ),
    ),
    Group(
        "crossway.services",
        (
            Alert(
                "CrosswayServiceDown",
                f"{names.HEALTHY}{{{_BACKEND}}} == 0 and {names.ENDPOINTS}{{{_BACKEND}}} > 0",
                "1m",
                "No endpoint of service {{ $labels.envoy_cluster_name }} is healthy at {{ $labels.instance }}.",
                critical=True,
            ),
            Alert(
                "CrosswayServiceImpaired",
                f"{names.HEALTHY}{{{_BACKEND}}} / {names.ENDPOINTS}{{{_BACKEND}}} < 0.5",
                "5m",
                "Less than half of the endpoints of service {{ $labels.envoy_cluster_name }} are healthy.",
            ),
            Alert(
                "CrosswayCircuitBreakerOpen",
                f"{_rate(names.OVERFLOW, _BACKEND, 'envoy_cluster_name')} > 0",
                "5m",
                "Requests to service {{ $labels.envoy_cluster_name }} are refused, since too many wait for it.",
            ),
            Alert(
                "CrosswayManyRetries",
                _share(
                    _rate(names.RETRIES, _BACKEND, "envoy_cluster_name"),
                    _rate(names.BACKEND_REQUESTS, _BACKEND, "envoy_cluster_name"),
                    0.2,
                ),
                "10m",
                "More than 20 % of the requests to service {{ $labels.envoy_cluster_name }} are retries.",
            ),
            Alert(
                "CrosswayCannotConnect",
                f"{_rate(names.CONNECT_FAILURES, _BACKEND, 'envoy_cluster_name')} > 0",
                "5m",
                "Connections to service {{ $labels.envoy_cluster_name }} fail.",
            ),
            Alert(
                "CrosswayLimiterAway",
                f"{_rate(names.LIMITER_ERRORS, _BACKEND, 'envoy_cluster_name')} > 0",
                "5m",
                "Limits of service {{ $labels.envoy_cluster_name }} cannot be counted: the store of counters is away.",
                critical=True,
            ),
        ),
    ),
    Group(
        "crossway.plugins",
        (
            Alert(
                "CrosswayPluginFails",
                _share(
                    f"({_rate(names.PLUGIN_ERRORS, '', 'plugin')} + {_rate(names.PLUGIN_TIMEOUTS, '', 'plugin')})",
                    _rate(names.PLUGIN_CALLS, "", "plugin"),
                    0.05,
                ),
                "5m",
                "More than 5 % of the calls of plugin {{ $labels.plugin }} fail, or take too long.",
            ),
        ),
    ),
    Group(
        "crossway.certificates",
        (
            Alert(
                "CrosswayCertificateExpiresSoon",
                f"min by (envoy_tls_certificate) ({names.EXPIRATION}) - time() < {14 * _DAY}",
                "1h",
                "{{ $labels.envoy_tls_certificate }} expires in {{ $value | humanizeDuration }}.",
            ),
            Alert(
                "CrosswayCertificateExpires",
                f"min by (envoy_tls_certificate) ({names.EXPIRATION}) - time() < {2 * _DAY}",
                "5m",
                "{{ $labels.envoy_tls_certificate }} expires in {{ $value | humanizeDuration }}.",
                critical=True,
            ),
        ),
    ),
    Group(
        "crossway.proxies",
        (
            Alert(
                "CrosswayDown",
                'up{job="crossway"} == 0',
                "1m",
                "{{ $labels.instance }} does not answer Prometheus.",
                critical=True,
            ),
            Alert(
                "CrosswayProxyCrashed",
                f"increase({names.CRASHES}[15m]) > 0",
                "0m",
                "The proxy of {{ $labels.instance }} crashed and was started again.",
                critical=True,
            ),
            Alert(
                "CrosswayShedsLoad",
                f"{names.REFUSES_REQUESTS} == 1 or {names.REFUSES_CONNECTIONS} == 1",
                "1m",
                "{{ $labels.instance }} is short of memory and refuses requests.",
                critical=True,
            ),
            Alert(
                "CrosswaySaturated",
                f"{names.HEAP_PRESSURE} > 80 or {names.CONNECTION_PRESSURE} > 80",
                "5m",
                "{{ $labels.instance }} has taken {{ $value }} % of the memory, or the connections, it may have.",
            ),
            Alert(
                "CrosswayControlPlaneAway",
                f"{names.CONNECTED} == 0",
                "5m",
                "The proxy of {{ $labels.instance }} has no control plane, and serves what it has.",
            ),
            Alert(
                "CrosswayNotCounted",
                f"rate({names.DROPPED}[5m]) > 0",
                "15m",
                "{{ $labels.instance }} counts only some routes or consumers: raise max_routes or max_consumers.",
            ),
        ),
    ),
    Group(
        "crossway.configuration",
        (
            Alert(
                "CrosswayConfigurationRefused",
                f"increase({names.REFUSED}[10m]) > 0",
                "0m",
                "{{ $labels.instance }} refused a configuration, and serves the one before.",
            ),
            Alert(
                "CrosswayFindings",
                f"{names.FINDINGS} > 0",
                "15m",
                "{{ $value }} errors last in the configuration of {{ $labels.instance }}; what they touch is closed.",
            ),
            Alert(
                "CrosswaySlowChanges",
                f"histogram_quantile(0.95, {_rate(f'{names.CHANGE_SECONDS}_bucket', '', 'le, instance')}) > 5",
                "10m",
                "Changes take longer than 5 s at {{ $labels.instance }}.",
            ),
        ),
    ),
)


def rules(groups: Iterable[Group]) -> dict[str, object]:
    """Return the rules in the form of Prometheus."""
    return {"groups": [{"name": group.name, "rules": [_rule(alert) for alert in group.alerts]} for group in groups]}


def _rule(alert: Alert) -> dict[str, object]:
    return {
        "alert": alert.name,
        "expr": alert.expression,
        "for": alert.lasting,
        "labels": {"severity": "critical" if alert.critical else "warning"},
        "annotations": {"summary": alert.summary},
    }
