from dialects.kong.controller.cluster import ROUTE, apply, ingress


def test_annotations_say_how_a_route_is():
    found = apply(
        ingress(
            path="/~/a/[0-9]+",
            host="a.example",
            strip_path="true",
            methods="GET, POST",
            regex_priority="7",
            host_aliases="b.example",
            protocols="https",
            https_redirect_status_code="301",
        )
    )
    route = found.route(ROUTE)
    assert route["matches"] == [
        {"path": "~/a/[0-9]+.*", "methods": ["GET", "POST"], "headers": {"x-forwarded-proto": "https"}}
    ]
    assert route["hostnames"] == ["a.example", "b.example"]
    assert route["priority"] == 210_010_007
    assert found.route(f"{ROUTE}_insecure")["redirect"] == {"scheme": "https", "status": 301}
    assert found.said == []


def test_an_annotation_that_is_wrong_closes():
    found = apply(
        ingress(strip_path="maybe", snis="a.example"), ingress().replace("name: web, namespace", "name: b, namespace")
    )
    assert found.is_closed(ROUTE)
    assert not found.is_closed("shop.b")
    assert [code for code, _ in found.said] == ["field.invalid", "dialect.refused"]
    assert apply(ingress(methodz="GET")).is_closed(ROUTE)


def test_a_request_gets_another_path():
    assert apply(ingress(rewrite="/other")).route(ROUTE)["policies"]["rewrite"] == {"path": "/other"}
    assert apply(ingress(rewrite="/other/$1")).is_closed(ROUTE)
