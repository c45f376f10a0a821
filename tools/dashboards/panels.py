"""What the dashboard shows: rows of panels, each with its questions to Prometheus."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from tools.dashboards import names

WINDOW: Final = "$__rate_interval"
"""What Grafana puts in for the time over which a rate is taken."""
HERE: Final = 'instance=~"$instance"'
EDGE: Final = f'{HERE},envoy_http_conn_manager_prefix!~"admin|async-client"'
"""Requests of clients, and none of our own."""
BACKEND: Final = f'{HERE},envoy_cluster_name=~"$service",envoy_cluster_name!~"xds|crossway/.*"'
ROUTE: Final = f'{HERE},route=~"$route"'


@dataclass(frozen=True, slots=True)
class Query:
    """A question, and what its answers are called."""

    expression: str
    legend: str


@dataclass(frozen=True, slots=True)
class Panel:
    """A picture of some answers."""

    title: str
    queries: tuple[Query, ...]
    unit: str = "reqps"
    """The unit of Grafana: `reqps`, `percentunit`, `ms`, `s`, `bytes`, `short`."""
    kind: str = "timeseries"
    about: str = ""
    """What is not plain from the title."""


@dataclass(frozen=True, slots=True)
class Row:
    """Panels that belong together."""

    title: str
    panels: tuple[Panel, ...]


def total(name: str, where: str, by: str = "") -> str:
    """Return how much of *name* there is per second."""
    return f"sum{_by(by)}(rate({name}{{{where}}}[{WINDOW}]))"


def level(name: str, where: str, by: str = "") -> str:
    """Return how high *name* stands."""
    return f"sum{_by(by)}({name}{{{where}}})"


def quantiles(name: str, where: str, by: str = "") -> tuple[Query, ...]:
    """Return the time that half of all, 95 and 99 of 100 stayed below."""
    labels = f"le, {by}" if by else "le"
    legend = f" {{{{{by}}}}}" if by else ""
    return tuple(
        Query(f"histogram_quantile({share}, {total(f'{name}_bucket', where, labels)})", f"p{share * 100:.0f}{legend}")
        for share in (0.5, 0.95, 0.99)
    )


def _by(labels: str) -> str:
    return f" by ({labels}) " if labels else ""


def one(expression: str, legend: str) -> tuple[Query, ...]:
    """Return the only question of a panel."""
    return (Query(expression, legend),)


CERTIFICATES: Final = f"min by (envoy_tls_certificate) ({names.EXPIRATION}{{{HERE}}}) - time()"
BROKEN: Final = total(names.ANSWERS, f'{EDGE},envoy_response_code_class="5"')
BROKEN_BY_ROUTE: Final = total(names.REQUESTS, f'{ROUTE},status=~"5.."', "route")
_SERVICE: Final = "envoy_cluster_name"
_CALLS: Final = total(names.PLUGIN_CALLS, HERE, "plugin")
_CLASS: Final = "envoy_response_code_class"

OVERVIEW: Final = Row(
    "Overview",
    (
        Panel("Requests", one(total(names.ANSWERS, EDGE, _CLASS), "{{envoy_response_code_class}}xx")),
        Panel(
            "Errors",
            one(f"{BROKEN} / {total(names.ANSWERS, EDGE)}", "5xx"),
            "percentunit",
            about="The share of requests that were answered 5xx.",
        ),
        Panel("Latency", quantiles(names.TIME, EDGE), "ms"),
        Panel(
            "Requests and connections in progress",
            (
                Query(level(names.IN_PROGRESS, EDGE), "requests"),
                Query(level(names.CLIENTS, HERE, "envoy_listener_address"), "connections {{envoy_listener_address}}"),
            ),
            "short",
        ),
        Panel(
            "Saturation",
            (
                Query(f"max by (instance) ({names.HEAP_PRESSURE}{{{HERE}}}) / 100", "memory {{instance}}"),
                Query(f"max by (instance) ({names.CONNECTION_PRESSURE}{{{HERE}}}) / 100", "connections {{instance}}"),
                Query(f"max by (instance) ({names.REFUSES_REQUESTS}{{{HERE}}})", "refuses requests {{instance}}"),
                Query(f"max by (instance) ({names.REFUSES_CONNECTIONS}{{{HERE}}})", "refuses connections {{instance}}"),
            ),
            "percentunit",
            about="How much is taken of what the proxy may have, and whether it sheds load: 1 is yes.",
        ),
        Panel("Certificates expire in", one(CERTIFICATES, "{{envoy_tls_certificate}}"), "s", "stat"),
    ),
)
ROUTES: Final = Row(
    "Routes (with the policy `metrics`)",
    (
        Panel("Requests by route", one(total(names.REQUESTS, ROUTE, "route"), "{{route}}")),
        Panel(
            "Errors by route",
            one(
                f"{BROKEN_BY_ROUTE} / {total(names.REQUESTS, ROUTE, 'route')}",
                "{{route}}",
            ),
            "percentunit",
        ),
        Panel("Latency by route", quantiles(names.DURATION, ROUTE, "route"), "ms"),
        Panel("Answers by status", one(total(names.REQUESTS, ROUTE, "status"), "{{status}}")),
        Panel(
            "Requests by route and service",
            one(total(names.REQUESTS, ROUTE, "route, service"), "{{route}} {{service}}"),
        ),
        Panel(
            "Requests without a route",
            one(total(names.NO_ROUTE, EDGE), "404"),
            about="What no route matched; it has no route and no service in the other panels.",
        ),
    ),
)
SERVICES: Final = Row(
    "Services",
    (
        Panel(
            "Answers by service",
            one(
                total(names.BACKEND_ANSWERS, BACKEND, f"{_SERVICE}, {_CLASS}"),
                "{{envoy_cluster_name}} {{envoy_response_code_class}}xx",
            ),
        ),
        Panel("Latency by service", quantiles(names.BACKEND_TIME, BACKEND, _SERVICE), "ms"),
        Panel(
            "Endpoints that are healthy",
            one(
                f"min by ({_SERVICE}) ({names.HEALTHY}{{{BACKEND}}} / {names.ENDPOINTS}{{{BACKEND}}})",
                "{{envoy_cluster_name}}",
            ),
            "percentunit",
        ),
        Panel(
            "Retries",
            (
                Query(total(names.RETRIES, BACKEND, _SERVICE), "{{envoy_cluster_name}}"),
                Query(total(names.RETRIES_THAT_HELPED, BACKEND, _SERVICE), "{{envoy_cluster_name}}, successful"),
            ),
        ),
        Panel(
            "Circuit breakers",
            (
                Query(total(names.OVERFLOW, BACKEND, _SERVICE), "{{envoy_cluster_name}} refused"),
                Query(
                    f"max by ({_SERVICE}) ({names.OPEN_CONNECTIONS}{{{BACKEND}}})", "{{envoy_cluster_name}} connections"
                ),
                Query(f"max by ({_SERVICE}) ({names.OPEN_REQUESTS}{{{BACKEND}}})", "{{envoy_cluster_name}} requests"),
            ),
            "short",
            about="Requests per second that were refused, and whether there is room: 1 means that there is none.",
        ),
        Panel(
            "Connections and waiting requests",
            (
                Query(level(names.BACKEND_CONNECTIONS, BACKEND, _SERVICE), "{{envoy_cluster_name}} connections"),
                Query(level(names.PENDING, BACKEND, _SERVICE), "{{envoy_cluster_name}} waiting"),
            ),
            "short",
        ),
        Panel(
            "Failures to connect, and timeouts",
            (
                Query(total(names.CONNECT_FAILURES, BACKEND, _SERVICE), "{{envoy_cluster_name}} connect"),
                Query(total(names.TIMEOUTS, BACKEND, _SERVICE), "{{envoy_cluster_name}} timeout"),
            ),
        ),
        Panel("Endpoints set aside", one(level(names.EJECTED, BACKEND, _SERVICE), "{{envoy_cluster_name}}"), "short"),
    ),
)
GUARDS: Final = Row(
    "Limits and security",
    (
        Panel(
            "Refused by rate limits and quotas",
            one(total(names.REQUESTS, f'{ROUTE},status="429"', "route"), "{{route}}"),
            about="By route, with the policy `metrics`, whatever the limit is counted by.",
        ),
        Panel(
            "Refused, by where it was counted",
            (
                Query(total(names.LIMITED, f'{HERE},envoy_local_http_ratelimit_prefix="rate_limit"'), "in the proxy"),
                Query(total(names.LIMITED_EXACTLY, BACKEND, _SERVICE), "in the store {{envoy_cluster_name}}"),
                Query(
                    total(names.LIMITED, f'{HERE},envoy_local_http_ratelimit_prefix="rate_limit_dry_run"'), "dry run"
                ),
            ),
        ),
        Panel(
            "Authentication failures by route",
            one(total(names.REQUESTS, f'{ROUTE},status="401"', "route"), "{{route}}"),
        ),
        Panel(
            "Wrong credentials",
            (
                Query(total(names.WRONG_KEYS, HERE), "API keys"),
                Query(total(names.WRONG_PASSWORDS, HERE), "passwords"),
                Query(total(names.WRONG_TOKENS, HERE), "tokens"),
            ),
        ),
        Panel(
            "Denied",
            (
                Query(total(names.DENIED, HERE, "envoy_rbac_http_prefix"), "{{envoy_rbac_http_prefix}}"),
                Query(
                    total(names.WOULD_BE_DENIED, HERE, "envoy_rbac_http_prefix"), "{{envoy_rbac_http_prefix}}, dry run"
                ),
                Query(total(names.DENIED_ELSEWHERE, BACKEND), "ext_authz"),
            ),
        ),
        Panel(
            "Requests by consumer", one(f"topk(20, {total(names.CONSUMER_REQUESTS, HERE, 'consumer')})", "{{consumer}}")
        ),
        Panel(
            "Connections refused by `connection_limit`", one(total(names.LIMITED_CONNECTIONS, HERE), "refused"), "cps"
        ),
    ),
)
CONTROL: Final = Row(
    "Control plane",
    (
        Panel(
            "Findings and refused configurations",
            (
                Query(level(names.FINDINGS, HERE, "instance"), "findings {{instance}}"),
                Query(f"sum by (instance) (increase({names.REFUSED}{{{HERE}}}[{WINDOW}]))", "refused {{instance}}"),
            ),
            "short",
        ),
        Panel(
            "Time of a change",
            quantiles(names.CHANGE_SECONDS, HERE),
            "s",
            about="From a changed document to what the proxies are sent.",
        ),
        Panel(
            "Proxies",
            (
                Query(level(names.PROXIES, HERE, "instance"), "connected {{instance}}"),
                Query(f"sum({names.CONNECTED}{{{HERE}}})", "proxies that see a control plane"),
                Query(level(names.WARMING, HERE), "services that warm up"),
            ),
            "short",
        ),
        Panel("Revision", one(f"max by (instance) ({names.REVISION}{{{HERE}}})", "{{instance}}"), "short"),
        Panel("Resources", one(level(names.RESOURCES, HERE, "instance"), "{{instance}}"), "short"),
        Panel(
            "Memory",
            (
                Query(level(names.RESIDENT, HERE, "instance"), "control plane {{instance}}"),
                Query(level(names.ALLOCATED, HERE, "instance"), "proxy {{instance}}"),
            ),
            "bytes",
        ),
        Panel("CPU", one(total(names.CPU_SECONDS, HERE, "instance"), "control plane {{instance}}"), "short"),
        Panel(
            "Crashes of proxies",
            one(f"sum by (instance) (increase({names.CRASHES}{{{HERE}}}[{WINDOW}]))", "{{instance}}"),
            "short",
        ),
        Panel(
            "Not counted",
            (
                Query(total(names.DROPPED, HERE), "requests"),
                Query(total(names.DROPPED_LATENCIES, HERE), "latencies"),
            ),
            about="What the policy `metrics` has no room for: raise `max_routes` or `max_consumers`.",
        ),
    ),
)
PLUGINS: Final = Row(
    "Plugins",
    (
        Panel("Calls by plugin", one(total(names.PLUGIN_CALLS, HERE, "plugin"), "{{plugin}}")),
        Panel(
            "Errors and timeouts by plugin",
            (
                Query(total(names.PLUGIN_ERRORS, HERE, "plugin"), "{{plugin}} errors"),
                Query(total(names.PLUGIN_TIMEOUTS, HERE, "plugin"), "{{plugin}} timeouts"),
            ),
        ),
        Panel(
            "Time per call",
            one(f"{total(names.PLUGIN_SECONDS, HERE, 'plugin')} / {_CALLS}", "{{plugin}}"),
            "s",
            about="Without what a plugin waits for the backend and for bodies.",
        ),
        Panel("CPU per call", one(f"{total(names.PLUGIN_CPU, HERE, 'plugin')} / {_CALLS}", "{{plugin}}"), "s"),
        Panel(
            "Cores by plugin",
            one(total(names.PLUGIN_CPU, HERE, "plugin"), "{{plugin}}"),
            "short",
            about="How many cores a plugin keeps busy, in all proxies.",
        ),
    ),
)
ROWS: Final = (OVERVIEW, ROUTES, SERVICES, GUARDS, PLUGINS, CONTROL)
