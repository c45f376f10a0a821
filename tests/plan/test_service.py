from plan.planning import pipeline, said

WEB = "certificates: {web: {certificate: a, key: b}, roots: {ca: c}}\n"
SERVICE = "services: {a: {endpoints: ['127.0.0.1:1'], tls: {ca: roots, certificate: web}}}\n"


def test_certificates_are_followed():
    text = f"gateways: {{edge: {{listeners: {{http: 80}}}}}}\n{WEB}{SERVICE}routes: {{r: {{to: a}}}}\n"
    assert said(text) == []
    assert {ref.name for ref in pipeline(text).view_certificates()} == {"web", "roots"}


def test_a_certificate_that_is_not_there():
    assert said(SERVICE) == ["reference.dangling services.a.tls.ca[0]", "reference.dangling services.a.tls.certificate"]


def test_a_certificate_that_cannot_be_served():
    assert said(WEB + SERVICE, secrets=["certificate/web"]) == ["reference.unusable services.a.tls.ca[0]"]


def test_the_namespace_of_a_service_shapes_it():
    text = """
namespaces:
  shop: {policies: {load_balancing: random}, services: {a: 'http://127.0.0.1:1'}}
gateways: {edge: {listeners: {http: 80}}}
routes: {r: {to: shop/a}}
"""
    plain = text.replace("policies: {load_balancing: random}, ", "")
    assert _versions(text)["shop/a"] != _versions(plain)["shop/a"]


def _versions(text: str) -> dict[str, str]:
    return {item.name: item.version for item in pipeline(text).resources() if item.type_url.endswith(".Cluster")}
