from dialects.kong.reading import HEAD, SERVICE, of_plugin, read


def test_policies_that_add_up_are_attached_to_routes_alone():
    found = read(
        SERVICE + "routes: [{name: web, service: web, paths: [/a]}]\nplugins:\n"
        "- {name: response-transformer, config: {add: {headers: ['x-a:1']}}}\n"
        "- {name: response-transformer, service: web, config: {add: {headers: ['x-b:1']}}}\n"
    )
    assert "namespaces" not in found.settings
    assert "policies" not in found.settings["services"]["web"]
    assert found.policies() == {"headers": {"response": {"add_if_absent": {"x-b": "1"}}}}


def test_methods_of_two_places_go_together():
    found = read(
        HEAD + "services:\n- name: web\n  url: http://web\n  plugins: [{name: key-auth, config: {anonymous: x}}]\n"
        "  routes: [{name: web, paths: [/a], plugins: [{name: basic-auth, config: {anonymous: x}}]}]\n"
        "consumers: [{username: x}]\n"
    )
    assert found.settings["services"]["web"]["policies"]["authentication"] == "optional"
    assert found.policies() == {
        "basic_auth": {"hide_credentials": False},
        "authentication": {"require": "any", "optional": True},
    }


def test_a_plugin_that_holds_for_strangers_only_closes():
    found = of_plugin(
        "key-auth",
        "{anonymous: x}",
        "consumers: [{username: x, plugins: [{name: rate-limiting, config: {minute: 1}}]}]",
    )
    assert found.is_closed()


def test_a_plugin_for_everything_that_cannot_be_said_closes_everything():
    found = read(
        SERVICE + "routes:\n- {name: a, service: web, paths: [/a]}\n- {name: b, paths: [/b]}\nplugins:\n- name: mine\n"
    )
    assert found.is_closed("a")
    assert found.is_closed("b")
    assert "gateways" in found.settings
    assert found.said == [("dialect.refused", 7)]
