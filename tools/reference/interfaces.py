"""The pages of what is typed and what is scraped: the command line and the metrics."""

from __future__ import annotations

from crossway.cli.app import app
from crossway.telemetry.metrics import ControlMetrics
from tools.dashboards import names

_METRICS = """# Metrics

`/metrics` on the admin address (`--admin`, 127.0.0.1:7070) is a page for Prometheus, with the metrics of the control
plane and of the proxy beside it. A control plane or a proxy alone has its part. What is still 0 of a proxy, such as
refusals that never happened, is not on the page.

[Monitor with Prometheus and Grafana](../howto/monitoring.md) says how to use them.

## Of the control plane

No label has values that grow with the configuration.

| name | kind | |
|---|---|---|"""

_REQUESTS = """
## Of requests

The policy [`metrics`](policies/metrics.md) counts these, up to a bound on the number of series.

| name | kind | labels | |
|---|---|---|---|"""

_SERIES = (
    (
        names.REQUESTS,
        "counter",
        "`route`, `service`, `status`",
        "Requests, also those that the gateway answered itself. Where the client went away, `status` is 0.",
    ),
    (
        names.DURATION,
        "histogram",
        "`route`, `service`",
        "Milliseconds from the beginning of a request to the end of its answer.",
    ),
    (
        names.CONSUMER_REQUESTS,
        "counter",
        "`consumer`, `status`",
        "Requests of those who were recognised, with `consumers: true`.",
    ),
)

_PROXY = """
## Of the proxy

What Envoy counts has names that begin with `envoy_`, and is there without any policy, by gateway and table
(`envoy_http_conn_manager_prefix`), listener (`envoy_listener_address`) and service (`envoy_cluster_name`, with `_` for
each dot). [Envoy's pages](https://www.envoyproxy.io/docs/envoy/v1.39.3/operations/stats_overview) explain them all. The
dashboard and the alert rules are about these:
"""


def cli() -> str:
    """Return the page of the command line."""
    return app.generate_docs(heading_level=1).rstrip() + "\n"


def metrics() -> str:
    """Return the page of the metrics."""
    rows = [
        f"| `{family.name}{'_total' if family.type == 'counter' else ''}` | {family.type} | {family.documentation} |"
        for family in ControlMetrics().registry.collect()
    ]
    series = (f"| `{name}` | {kind} | {labels} | {text} |" for name, kind, labels, text in _SERIES)
    counted = (f"- `{name}`" for name in sorted(names.PROXY))
    return "\n".join([_METRICS, *rows, _REQUESTS, *series, _PROXY, *counted]) + "\n"
