from crossway.compile.envoy.inventory import RouteRow
from plan.planning import pipeline

TEXT = """
gateways: {edge: {listeners: {http: 80, raw: {port: 81, protocol: tcp}}}}
services: {one: {endpoints: {address: '127.0.0.1:1', labels: {v: '1'}}, subsets: {v1: {v: '1'}}}}
routes:
  a:
    matches:
      - path: /a
        methods: [GET, POST]
        headers: {x: '1', y: {prefix: p}}
        queries: {q: {present: true}}
        cookies: {c: {absent: true}}
      - {grpc: a.B, source_ips: [10.0.0.0/8]}
    to: [{service: one, weight: 9}, {service: one, subset: v1}]
    policies: {retry: {}, timeout: {request: 1s}}
  b: {matches: [{path: /b}], respond: {status: 404}, policies: {no: {}}}
  c: {matches: [{path: /c}], redirect: {scheme: https}}
  d: {listeners: [raw], to: one}
"""


def test_every_row_says_what_a_person_wants_to_know():
    found = pipeline(TEXT).routes()
    assert found[1] == RouteRow(
        gateway="edge",
        listener="http",
        hostname="*",
        path="/b",
        conditions="",
        route="b",
        action="respond 404",
        policies=("no",),
        state="closed: policy.unknown",
    )
    words = {(row.path, row.conditions, row.action, row.policies, row.state) for row in found if row.route != "b"}
    assert words == {
        (
            "/a",
            "GET|POST, header x = 1, header y prefix p, query q present True, cookie c present False",
            "one (9), one:v1 (1)",
            ("retry", "timeout"),
            "live",
        ),
        ("/a.B/*", "from 10.0.0.0/8, grpc", "one (9), one:v1 (1)", ("retry", "timeout"), "live"),
        ("/c", "", "redirect 302", (), "live"),
        ("", "", "one", (), "live"),
    }
