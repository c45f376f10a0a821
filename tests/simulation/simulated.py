"""A pipeline with a configuration, for tests of the simulation."""

from crossway.daemon.pipeline import Pipeline
from crossway.daemon.registry import load_policies
from crossway.model import Document, FieldPath, Finding, Origin, Ref

SHOP = """\
namespaces:
  default:
    policies: {headers: {request: {set: {x-region: eu}}}}
gateways:
  edge:
    listeners:
      http: {port: 8080}
      plain: {port: 8081, redirect_to_https: true}
    policies:
      headers:
        request: {set: {x-tenant: shop}, remove: [x-debug]}
services:
  orders:
    endpoints:
      - {address: "127.0.0.1:9001", zone: a, labels: {version: v2}}
      - {address: "127.0.0.1:9002", zone: b, weight: 2}
      - {address: "127.0.0.1:9003", priority: 1}
    subsets: {v2: {version: v2}}
    policies:
      load_balancing: round_robin
      health_check: {path: /healthz}
  next: http://127.0.0.1:9009
routes:
  orders:
    hostnames: [api.example.org]
    matches:
      - path: /orders/*
        methods: [GET, POST]
      - {path: "/orders/{id}/items", headers: {x-beta: "1"}}
    to: [{service: orders, weight: 90, subset: v2}, {service: next, weight: 10}]
    policies:
      retry: 3
      rewrite: {path_prefix: /v2}
      headers: {request: {set: {x-tenant: "{host}"}}}
  page:
    hostnames: [api.example.org]
    matches: [{path: /orders}]
    respond: {body: hello}
  old:
    hostnames: ["*.example.org"]
    matches: [{path: /*}]
    redirect: {hostname: www.example.org}
  broken:
    hostnames: [api.example.org]
    matches: [{path: /broken}]
    to: nothing
  customer:
    hostnames: [api.example.org]
    matches: [{path: "/customers/{id}"}]
    to: orders
"""


def simulated(text: str = SHOP) -> Pipeline:
    """Return a pipeline that has adopted *text*."""
    pipeline = Pipeline(load_policies())
    loaded = pipeline.read([Document("shop.yaml", text)])
    assert not loaded.refused, loaded.findings
    pipeline.adopt(loaded)
    return pipeline


class Locate:
    """Where a field of the configuration of a pipeline is written."""

    def __init__(self, pipeline: Pipeline) -> None:
        self._loaded = pipeline.loaded

    def __call__(self, ref: Ref, path: FieldPath) -> Origin | None:
        return self._loaded.locate([Finding("", "", about=ref, path=path)])[0].origin
