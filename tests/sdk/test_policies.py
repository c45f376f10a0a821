import importlib

import pytest

import crossway
from crossway.daemon.registry import load_policies
from crossway.sdk import policies
from crossway.sdk._known import POLICIES


def test_there_is_a_function_for_each_policy():
    installed = load_policies()
    assert set(POLICIES) == set(installed)
    for name, field in POLICIES.items():
        assert callable(getattr(policies, name))
        assert not field or field in installed[name].spec.model_fields
    assert set(POLICIES) < set(dir(policies))


@pytest.mark.parametrize(
    ("attached", "settings"),
    [
        (policies.rate_limit("100/minute"), "100/minute"),
        (policies.rate_limit("100/minute", by="client_ip"), {"limit": "100/minute", "by": "client_ip"}),
        (policies.rate_limit(limit="1/day"), {"limit": "1/day"}),
        (policies.retry(2, on=["5xx"]), {"attempts": 2, "on": ["5xx"]}),
        (policies.mtls(), {}),
        (policies.policy("installed", "a"), "a"),
        (policies.policy("installed", a=1), {"a": 1}),
    ],
)
def test_settings_are_those_of_yaml(attached, settings):
    assert attached.settings == settings
    assert attached.place.file == __file__


@pytest.mark.parametrize(
    "mistake",
    [
        lambda: policies.retry(1, 2),
        lambda: policies.retry(1, attempts=2),
        lambda: policies.mtls(True, a=1),
        lambda: policies.retry(object()),
    ],
)
def test_what_cannot_be_settings(mistake):
    with pytest.raises(TypeError):
        mistake()


def test_policies_and_the_rest_are_exported():
    assert crossway.retry(2).policy == "retry"
    for name, module in crossway.EXPORTS.items():
        assert getattr(crossway, name) is getattr(importlib.import_module(module), name)
    assert {"Crossway", "rate_limit", "plugin"} < set(dir(crossway))
    with pytest.raises(AttributeError, match="'crossway' has no attribute 'nothing'"):
        _ = crossway.nothing


def test_what_is_generated_is_up_to_date():
    from tools.sdk.__main__ import files  # a tool, which no other test needs

    assert [path.name for path, text in files(load_policies()).items() if path.read_text() != text] == []
