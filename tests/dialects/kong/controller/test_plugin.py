from dialects.kong.controller.cluster import ROUTE, apply, ingress, plugin


def test_a_plugin_is_read_as_in_a_file():
    found = apply(plugin("limit", "rate-limiting", "{minute: 5}"), ingress(plugins="limit"))
    assert found.policies(ROUTE) == {"rate_limit": {"limit": "5/minute", "by": "consumer"}}


def test_what_is_wrong_with_one_closes_where_it_holds():
    for text in (
        plugin("a", "rate-limiting", "{minut: 5}"),
        plugin("a", "mine"),
        plugin("a", "key-auth", rest="configFrom: {secretKeyRef: {name: x, key: y}}"),
    ):
        found = apply(text, ingress(plugins="a"))
        assert found.is_closed(ROUTE)
        assert len(found.said) == 1


def test_one_that_is_off_is_not_there():
    assert apply(plugin("a", "mine", rest="disabled: true"), ingress(plugins="a")).policies(ROUTE) == {}


def test_one_of_the_cluster_may_hold_for_everything():
    text = plugin("a", "cors").replace("KongPlugin", "KongClusterPlugin").replace(", namespace: shop", "%s")
    assert apply(text % ", labels: {global: 'true'}", ingress()).policies(ROUTE)["cors"]["origins"] == "*"
    assert apply(text % "", ingress()).policies(ROUTE) == {}
    assert apply(text % "", ingress(plugins="a")).policies(ROUTE)["cors"]["origins"] == "*"


def test_what_is_of_the_gateway_needs_a_plugin_for_everything():
    found = apply(plugin("a", "prometheus"), ingress(plugins="a"))
    assert [code for code, _ in found.said] == ["dialect.refused"]
    assert not found.is_closed(ROUTE)
