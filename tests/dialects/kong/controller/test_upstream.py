from dialects.kong.controller.cluster import ROUTE, SERVICE, annotated, apply, ingress

OVERRIDE = """
apiVersion: configuration.konghq.com/v1
kind: KongIngress
metadata: {name: mine, namespace: shop}
route: {strip_path: true, methods: [GET]}
proxy: {path: /base, retries: 4, read_timeout: 1000, protocol: grpcs}
upstream: {hash_on: ip}
"""
POLICY = """
apiVersion: configuration.konghq.com/v1beta1
kind: KongUpstreamPolicy
metadata: {name: mine, namespace: shop}
spec: %s
"""


def service(**notes: str) -> str:
    return SERVICE % annotated(**notes)


def test_a_kong_ingress_says_how_a_service_is_and_annotations_are_right_against_it():
    found = apply(OVERRIDE, ingress(override="mine"), service=service(override="mine", retries="1", host_header="h"))
    assert found.settings["services"]["shop/web_80"] == {
        "endpoints": ["10.0.0.1:80"],
        "protocol": "http2",
        "tls": {"verify": False},
        "policies": {
            "timeout": {"idle": "1s"},
            "retry": 1,
            "load_balancing": {"algorithm": "ring_hash", "hash_by": "source_ip"},
        },
    }
    assert found.route(ROUTE)["matches"][1] == {"path": "^/web", "methods": ["GET"]}
    assert found.route(ROUTE)["policies"]["rewrite"] == {"path_prefix": "/base/"}
    found = apply(ingress(preserve_host="false"), service=service(host_header="h"))
    assert found.route(ROUTE)["policies"]["rewrite"] == {"host": "h"}


def test_a_policy_says_how_endpoints_are_chosen():
    spec = "{hashOn: {cookie: c, cookiePath: /x}, hashOnFallback: {queryArg: q}, stickySessions: {cookie: s}}"
    found = apply(POLICY % spec, service=service(upstream_policy="mine"))
    assert found.settings["services"]["shop/web_80"]["policies"]["load_balancing"]["hash_by"] == [
        {"cookie": {"name": "c", "ttl": 0, "path": "/x"}},
        {"query": "q"},
    ]
    found = apply(POLICY % "{hashOn: {uriCapture: x}, healthchecks: {active: {httpPat: /x}}}")
    assert {code for code, _ in found.said} == {"field.invalid", "field.unknown"}


def test_what_is_not_there_is_told():
    found = apply(ingress(override="none"), service=service(override="none", upstream_policy="none", plugins="none"))
    assert [code for code, _ in found.said].count("reference.dangling") == 4
    found = apply(service=service(protocol="https", client_cert="none"))
    assert found.settings["services"]["shop/web_80"] == {"endpoints": []}
