"""What a proxy would be given by a configuration, without a running Crossway."""

import json

import yaml


def xds(crossway, *words) -> list[dict]:
    outcome = crossway("show", "xds", "--format", "json", *words)
    assert outcome.status == 0, outcome.err
    return json.loads(outcome.out)


def test_all_resources_are_shown(crossway, shop):
    shown = {(one["type"], one["name"]) for one in xds(crossway, "--config", shop)}
    assert shown >= {
        ("clusters", "echo"),
        ("endpoints", "echo"),
        ("listeners", "edge/0.0.0.0:8080/tcp"),
        ("secrets", "certificate/shop"),
    }
    assert "routes" in {kind for kind, _ in shown}


def test_a_gateway_is_given_what_it_needs(crossway, shop):
    assert {one["type"] for one in xds(crossway, "--config", shop, "--gateway", "inner")} == {
        "filters",
        "listeners",
        "routes",
        "secrets",
    }
    assert xds(crossway, "--config", shop, "--gateway", "edge", "--type", "secrets") == []
    both = xds(crossway, "--config", shop, "--gateway", "inner", "--gateway", "edge")
    assert both == xds(crossway, "--config", shop)


def test_names_may_be_patterns(crossway, shop):
    (cluster,) = xds(crossway, "--config", shop, "--type", "clusters", "--name", "ec*")
    assert cluster["about"] == "services.echo"
    assert cluster["resource"]["@type"].endswith(".Cluster")


def test_yaml_is_one_document_for_each_resource(crossway, shop):
    outcome = crossway("show", "xds", "--config", shop)
    documents = list(yaml.safe_load_all(outcome.out))
    assert documents == [one["resource"] for one in xds(crossway, "--config", shop)]
    assert "# clusters echo, version " in outcome.out


def test_no_key_is_shown(crossway, shop, tmp_path):
    outcome = crossway("show", "xds", "--config", shop, "--format", "json")
    (secret,) = [one for one in json.loads(outcome.out) if one["type"] == "secrets"]
    assert secret["resource"]["tls_certificate"]["private_key"] == {"inline_string": "[redacted]"}
    assert (tmp_path / "shop.key").read_text().splitlines()[1] not in outcome.out


def test_a_gateway_that_there_is_not(crossway, shop):
    outcome = crossway("show", "xds", "--config", shop, "--gateway", "egde")
    assert (outcome.status, outcome.err) == (2, "crossway: there is no gateway 'egde'; did you mean 'edge'?\n")
