"""The metrics of a control plane, and those of the proxy beside it, as one page for Prometheus.

No metric of a control plane has a label whose values grow with the configuration. Those of the proxy are by service,
and, where the policy `metrics` says so, by route and by consumer, up to a bound.
"""

from __future__ import annotations

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, ProcessCollector, generate_latest


class ControlMetrics:
    """The metrics of one control plane, in a registry of their own."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        ProcessCollector(namespace="crossway", registry=self.registry)
        self.revision = Gauge("crossway_revision", "The revision that is published.", registry=self.registry)
        self.resources = Gauge("crossway_resources", "Envoy resources in the widest view.", registry=self.registry)
        self.proxies = Gauge("crossway_proxies", "Connected proxies.", registry=self.registry)
        self.findings = Gauge("crossway_findings", "Errors in the configuration that last.", registry=self.registry)
        self.refused = Counter("crossway_refused", "Configurations that were refused.", registry=self.registry)
        self.restarts = Counter("crossway_proxy_crashes", "Crashes of the proxy beside.", registry=self.registry)
        self.change_seconds = Histogram(
            "crossway_change_seconds",
            "From a changed document to the published snapshot.",
            buckets=(0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10),
            registry=self.registry,
        )

    def page(self) -> bytes:
        """Return the metrics in the Prometheus text format."""
        return generate_latest(self.registry)
