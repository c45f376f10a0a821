from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from crossway.model import Plugin
from crossway.model.plugin import PluginSettings


def test_a_plugin_runs_within_the_proxy_for_a_second_and_closes_its_route_unless_it_says_otherwise() -> None:
    plugin = Plugin(file="stamp.py")
    assert (plugin.isolation, plugin.deadline, plugin.failure) == ("proxy", timedelta(seconds=1), "closed")


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({}, "a plugin has its code in source, file or module, and there is none of them"),
        ({"source": "x", "file": "y"}, "source and file are two of them"),
        ({"source": "x", "memory": "1GiB"}, "memory needs isolation: process"),
        ({"source": "x", "cpu_time": "1s"}, "cpu_time needs isolation: process"),
        ({"source": "x", "deadline": "6m"}, "a deadline is between 1ms and 5m"),
        ({"source": "x", "deadline": 0}, "a deadline is between 1ms and 5m"),
        ({"module": "a b"}, "String should match pattern"),
        ({"source": "x", "attribute": "it()"}, "String should match pattern"),
        ({"source": "x", "isolation": "thread"}, "Input should be 'proxy' or 'process'"),
    ],
)
def test_what_a_plugin_cannot_say_is_told(settings: dict[str, object], message: str) -> None:
    with pytest.raises(ValidationError, match=message):
        Plugin.model_validate(settings)


@pytest.mark.parametrize(
    ("attribute", "name", "symbol"),
    [(None, "stamp", "stamp"), (None, "my-stamp.v2", "my_stamp_v2"), ("cw.handlers.it", "stamp", "cw.handlers.it")],
)
def test_a_plugin_is_called_in_its_module_as_it_is_named(attribute: str | None, name: str, symbol: str) -> None:
    assert Plugin(source="x", attribute=attribute).symbol(name) == symbol


def test_text_under_a_word_for_secrets_is_shown_to_nobody() -> None:
    said = {"api_key": "hush", "db": {"password": "hush", "port": 5432, "tokens": ["hush"]}, "clientSecret": "hush"}
    settings = PluginSettings(said)
    assert "hush" not in repr(settings)
    assert "hush" not in str(settings.shown())
    assert settings.shown()["db"] == {"password": "[redacted]", "port": 5432, "tokens": ["[redacted]"]}
    assert settings.reveal() == said


@pytest.mark.parametrize("word", ["key", "cache_key", "keys", "tokenizer", "header", "secretary", "monkeys"])
def test_other_words_are_no_secrets(word: str) -> None:
    assert PluginSettings({word: "told"}).shown() == {word: "told"}


@pytest.mark.parametrize("settings", [[], "x", {"a": {3: "x"}}, {"a": object()}, {"a": float("nan")}])
def test_settings_are_what_json_can_say(settings: object) -> None:
    with pytest.raises(ValueError, match="settings are"):
        PluginSettings.read(settings)


plain = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["a", "password", "key"]), inner),
    max_leaves=10,
)


@given(st.dictionaries(st.sampled_from(["header", "token", "b"]), plain))
def test_settings_keep_what_was_written_and_equal_what_says_the_same(said: dict[str, object]) -> None:
    settings = PluginSettings(said)
    assert settings.reveal() == said
    assert settings == PluginSettings(settings.reveal())
    assert hash(settings) == hash(PluginSettings(settings.reveal()))
