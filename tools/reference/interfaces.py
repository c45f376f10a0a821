"""The pages of what is typed and what is scraped: the command line and the metrics."""

from __future__ import annotations

from crossway.cli.app import app
from crossway.telemetry.metrics import ControlMetrics

_METRICS = """# Metrics

`/metrics` on the admin address (`--admin`, 127.0.0.1:7070) is a page for Prometheus. It holds these metrics of the
control plane, and those of the proxy beside it, whose names begin with `envoy_`. No metric has a label whose values
grow with the configuration.

| name | kind | |
|---|---|---|"""


def cli() -> str:
    """Return the page of the command line."""
    return app.generate_docs(heading_level=1).rstrip() + "\n"


def metrics() -> str:
    """Return the page of the metrics."""
    rows = [
        f"| `{family.name}{'_total' if family.type == 'counter' else ''}` | {family.type} | {family.documentation} |"
        for family in ControlMetrics().registry.collect()
    ]
    return "\n".join([_METRICS, *rows]) + "\n"
