"""Rendering: what is written is read back, by us and by a reader of YAML 1.1, and stays as people write it."""

import pytest
import yaml
from hypothesis import example, given, settings
from hypothesis import strategies as st

from crossway.dialects.native.render import render_yaml
from crossway.dialects.native.values import parse_yaml

texts = st.one_of(
    st.text(st.characters(exclude_categories=["Cs"])),
    st.text("ab: #-'\"\n\t[]{},&*!|>%@`~\\0123.ex_\r\x85\u2028\ufeff ", max_size=12),
    st.sampled_from(["on", "no", "~", "null", "0x1F", "0o17", "017", "1e3", ".5", "12:30", "2026-11-22", "<<", ""]),
)
scalars = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | texts
values = st.recursive(
    scalars, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3), max_leaves=12
)


@settings(max_examples=1500, deadline=None, derandomize=True)
@given(values)
@example({"a": "x\n\n"})
@example([[[]], [{}], [{"a": [1]}], [["x\n y\n"]]])
def test_what_is_written_is_read_back(value):
    text = render_yaml(value, indent=2)
    (read,) = parse_yaml(text)
    assert repr(read) == repr(value)
    assert render_yaml(read, indent=2) == text


@settings(max_examples=500, deadline=None, derandomize=True)
@given(texts)
def test_a_text_is_one_to_a_reader_of_yaml_1_1_too(text):
    assert yaml.safe_load(render_yaml({"a": text})) == {"a": text}


def test_it_is_what_a_person_would_write():
    value = {
        "matches": [{"path": "/orders/*", "methods": ["GET", "POST"]}],
        "to": [{"service": "orders", "weight": 90}],
        "hostnames": ["*.example.org"],
        "respond": {"body": "one\n  two\n", "status": 200, "headers": {}},
        "policies": {"rate_limit": {"limit": "100/minute", "share": 0.5, "on": ["5xx", "yes", "12"]}},
        "description": "what a day: rain # and sun",
    }
    assert render_yaml({"orders": value}, indent=2) == (
        "  orders:\n"
        "    matches:\n"
        "      - path: /orders/*\n"
        "        methods:\n"
        "          - GET\n"
        "          - POST\n"
        "    to:\n"
        "      - service: orders\n"
        "        weight: 90\n"
        "    hostnames:\n"
        '      - "*.example.org"\n'
        "    respond:\n"
        "      body: |\n"
        "        one\n"
        "          two\n"
        "      status: 200\n"
        "      headers: {}\n"
        "    policies:\n"
        "      rate_limit:\n"
        "        limit: 100/minute\n"
        "        share: 0.5\n"
        '        "on":\n'
        "          - 5xx\n"
        '          - "yes"\n'
        '          - "12"\n'
        '    description: "what a day: rain # and sun"\n'
    )


@pytest.mark.parametrize(("value", "text"), [(float("inf"), "1e999"), (-1e20, "-1e+20"), (None, "null"), ([], "[]")])
def test_single_values(value, text):
    assert render_yaml(value) == text + "\n"
