from crossway.dialects.gateway_api.route import sites
from dialects.gateway_api.scene import SERVICE, Scene, gateway, key, route

TWO = "{name: a, port: 80, protocol: HTTP}, {name: b, port: 81, protocol: HTTP}"
BACKEND = "{backendRefs: [{name: web, port: 80}]}"


def test_listeners_are_named_where_not_all_are_meant():
    scene = Scene(gateway(TWO), SERVICE, route(BACKEND, parents="{name: edge, sectionName: b}"), route(BACKEND, "all"))
    assert scene.made("routes")["web_0"]["listeners"] == ["b"]
    assert "listeners" not in scene.made("routes")["all_0"]


def test_a_rule_is_one_route_for_gateways_that_it_stands_alike_behind():
    parents = "{name: edge}, {name: inner}, {name: far, sectionName: a}"
    scene = Scene(
        gateway(TWO),
        gateway("{name: x, port: 1, protocol: HTTP}", "inner"),
        gateway(TWO, "far"),
        route(BACKEND, parents=parents),
    )
    found = scene.translator.ask(sites, key("HTTPRoute"))
    assert [(site.gateways, site.listeners) for site in found] == [(("edge", "inner"), ()), (("far",), ("a",))]
    assert set(scene.made("routes")) == {"web_0_edge", "web_0_far"}


def test_a_route_behind_shut_listeners_alone_stands_nowhere():
    scene = Scene(gateway("{name: a, port: 443, protocol: HTTPS}, {name: b, port: 80, protocol: HTTP}"), SERVICE)
    shut = route(BACKEND, parents="{name: edge, sectionName: a}")
    assert scene.said == ["gateway_api.reference"]
    assert Scene(gateway("{name: a, port: 443, protocol: HTTPS}"), SERVICE, shut).made("routes") == {}


def test_rules_keep_their_numbers_where_one_of_them_is_gone():
    rules = f"{{matches: [{{path: {{type: Odd}}}}]}}, {BACKEND}"
    scene = Scene(gateway(TWO), SERVICE, route(rules))
    assert list(scene.made("routes")) == ["web_1"]
    assert scene.made("routes")["web_1"]["tiebreak"] == "/default/web/01"


def test_an_edit_costs_the_route_that_it_is_in():
    texts = [gateway(TWO), SERVICE, *(route(BACKEND, f"web-{number}") for number in range(20))]
    scene = Scene(*texts)
    before = {document.about: document for document in scene.result.documents}
    texts[5] = texts[5].replace("backendRefs", "matches: [{path: {value: /b}}], backendRefs")
    after = scene.read(*texts)
    changed = [
        document.about.name for document in after.documents if document.about and before[document.about] is not document
    ]
    assert changed == ["web-3_0"]
