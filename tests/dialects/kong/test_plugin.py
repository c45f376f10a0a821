from dialects.kong.reading import HEAD, read

PLUGIN = "{name: rate-limiting, config: {minute: %d}%s}"


def test_the_closest_plugin_holds():
    scopes = ("", ", service: web", ", route: a", ", route: a, service: web")
    plugins = [PLUGIN % (number, scope) for number, scope in enumerate(scopes, start=1)]
    found = read(
        f"{HEAD}services: [{{name: web, url: 'http://web'}}]\n"
        "routes: [{name: a, paths: [/a], service: web}, {name: b, paths: [/b], service: web}]\n"
        f"plugins: [{', '.join(plugins)}]\n"
    )
    assert found.settings["namespaces"]["default"]["policies"]["rate_limit"]["limit"] == "1/minute"
    assert found.settings["services"]["web"]["policies"]["rate_limit"]["limit"] == "2/minute"
    assert found.policies("a")["rate_limit"]["limit"] == "4/minute"
    assert found.policies("b") == {}


def test_a_plugin_for_what_is_not_there_holds_for_nothing():
    found = read(f"{HEAD}plugins:\n- {PLUGIN % (1, ', route: none')}\n")
    assert found.said == [("reference.dangling", 3)]
    assert "namespaces" not in found.settings


def test_a_plugin_that_is_off_is_not_there():
    found = read(f"{HEAD}plugins: [{{name: key-auth, enabled: false}}]\nroutes: [{{name: web, paths: [/a]}}]\n")
    assert "namespaces" not in found.settings
