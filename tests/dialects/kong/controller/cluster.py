"""Objects of Kubernetes, as texts."""

from dialects.kong.reading import Reading, read

SERVICE = """
apiVersion: v1
kind: Service
metadata: {name: web, namespace: shop%s}
spec: {clusterIP: 10.0.0.1, ports: [{name: http, port: 80}]}
"""


def annotated(**notes: str) -> str:
    """Return annotations of Kong, as they stand in metadata; none without *notes*."""
    said = ", ".join(f"konghq.com/{name.replace('_', '-')}: '{text}'" for name, text in notes.items())
    return f", annotations: {{{said}}}" if said else ""


def ingress(*, path: str = "/web", kind: str = "ImplementationSpecific", host: str = "", **notes: str) -> str:
    rule = f"host: {host}, " if host else ""
    return f"""
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: {{name: web, namespace: shop{annotated(**notes)}}}
spec:
  ingressClassName: kong
  rules:
  - {{{rule}http: {{paths: [{{path: '{path}', pathType: {kind},
      backend: {{service: {{name: web, port: {{number: 80}}}}}}}}]}}}}
"""


def plugin(name: str, plugin: str, config: str = "{}", rest: str = "") -> str:
    return f"""
apiVersion: configuration.konghq.com/v1
kind: KongPlugin
metadata: {{name: {name}, namespace: shop}}
plugin: {plugin}
config: {config}
{rest}
"""


def apply(*texts: str, service: str = SERVICE % "") -> Reading:
    """Return what *texts* become, beside the service."""
    return read("---".join((service, *texts)))


ROUTE = "shop.web"
"""What the route of the Ingress is called."""
