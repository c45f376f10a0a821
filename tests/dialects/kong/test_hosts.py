from dialects.kong.reading import HEAD, read

INGRESS = """
---
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: {name: a}
spec: {ingressClassName: kong, rules: [{host: B.example}]}
---
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: {name: b}
spec: {ingressClassName: other, rules: [{host: c.example}]}
"""


def test_a_route_without_hosts_stands_on_those_of_all_others():
    routes = "routes:\n- {name: web, paths: [/web]}\n- {name: a, hosts: [A.example, '*.a.example'], paths: [/a]}\n"
    found = read(HEAD + routes + INGRESS)
    assert found.route()["hostnames"] == ["*", "*.a.example", "a.example", "b.example"]
    assert found.route("a")["hostnames"] == ["a.example", "*.a.example"]


def test_there_are_none_where_nobody_names_one():
    assert "hostnames" not in read(HEAD + "routes: [{name: web, paths: [/web]}]\n").route()
