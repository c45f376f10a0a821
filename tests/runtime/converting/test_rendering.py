import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crossway.model.transformation import Template
from crossway.runtime.converting.refusal import Refusal
from crossway.runtime.converting.rendering import Rendering


def render(text: str, content_type: str = "text/plain", max_size: int = 10_000, **variables: object) -> str:
    rendering = Rendering(Template.model_validate({"text": text, "content_type": content_type, "max_size": max_size}))
    return rendering.render(variables, 64).decode()


def refused(text: str, content_type: str = "text/plain", max_size: int = 10_000, **variables: object) -> str:
    with pytest.raises(Refusal) as caught:
        render(text, content_type, max_size, **variables)
    return caught.value.code


def as_json(text: str, **variables: object) -> object:
    return json.loads(render(text, "application/json", **variables))


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=8,
)


@given(VALUES)
def test_any_value_stands_in_json_as_itself(value):
    assert as_json('{"v": {{ body }}, "w": {{ body | tojson }}}', body=value) == {"v": value, "w": value}


@given(st.text())
def test_no_text_breaks_out_of_its_quotes(text):
    assert as_json('{"v": "a {{ body }} b", "w": "{{ body }}{{ body }}"}', body=text) == {
        "v": f"a {text} b",
        "w": text * 2,
    }


def test_values_inside_of_quotes():
    body = {"n": 1, "b": True, "l": [1, "x"], "z": None}
    text = '{"v": "{{ body.n }} {{ body.b }} {{ body.l }} {{ body.l | tojson }} \\" {{ body.n + 1 }}"}'
    assert as_json(text, body=body) == {"v": '1 true [1,"x"] [1,"x"] " 2'}


def test_markup_is_escaped():
    assert render("<p title='{{ body }}'>{{ body }}</p>", "text/html", body="<b>&'") == (
        "<p title='&lt;b&gt;&amp;&#39;'>&lt;b&gt;&amp;&#39;</p>"
    )
    assert render("<a>{{ body }}</a>", "application/soap+xml", body="<x/>") == "<a>&lt;x/&gt;</a>"
    assert render("<script>{{ body | tojson }}</script>", "text/html", body="</script>") == (
        r'<script>"\u003c/script\u003e"</script>'
    )
    assert render("{{ body }}", body="<b>") == "<b>"


def test_loops_conditions_and_filters():
    body = {"items": [{"n": "a", "q": 2}, {"n": "b", "q": 3}], "keys": "k"}
    text = "{% for i in body.items %}{{ loop.index }}{{ i.n | upper }}{% if not loop.last %},{% endif %}{% endfor %}"
    assert render(text, body=body) == "1A,2B"
    assert render("{{ body.items | sum(attribute='q') }} {{ body.keys }}", body=body) == "5 k"
    assert render("{% for k, v in body | items %}{{ k }}={{ v | length }};{% endfor %}", body=body) == "items=2;keys=1;"
    assert (
        render("{% for g in body.items | groupby('n') %}{{ g.grouper }}{{ g.list | length }}{% endfor %}", body=body)
        == "a1b1"
    )
    assert render("{{ body.items | map(attribute='n') | join('-') }}", body=body) == "a-b"
    assert render("{{ body.items | selectattr('q', 'gt', 2) | map(attribute='n') | list }}", body=body) == '["b"]'
    assert render("{% set x = 'a-b'.split('-') %}{{ x[1] ~ x[0] }} {{ 7 // 2 + 1.5 * 2 }}") == "ba 6.0"
    assert (
        render("{{ 'x' if body.items | length == 2 else 'y' }}{{ body.items[0]['n'] in ['a'] }}", body=body) == "xtrue"
    )
    assert render("{{ 'a.b' | replace('.', '') }} {{ 1.256 | round(1) }} {{ range(3) | list }}") == "ab 1.3 [0,1,2]"
    assert (
        render(
            "{{ method }} {{ headers['x-a'] }} {{ query.page | default('1') }}",
            method="GET",
            headers={"x-a": "b"},
            query={},
        )
        == "GET b 1"
    )


@pytest.mark.parametrize(
    "text",
    [
        "{{ body.a }}",
        "{{ body.a.b.c }}",
        "{{ body.a | tojson }}",
        "{{ body + 1 }}",
        "{{ 1 / 0 }}",
        "{{ body.upper() }}",
        "{% for x in 5 %}{% endfor %}",
        "{{ body | items | list }}{{ 5 | items }}",
        "{{ [1, 'a'] | sort }}",
        "{{ ['a'] | sum }}",
        "{{ 'a' % 1 }}",
        "{{ 'a' * 3 }}",
        "{{ range('a') }}",
        "{{ 'x'.split(1) }}",
        "{{ body[:1] }}",
    ],
)
def test_what_cannot_be_filled_is_refused(text):
    assert refused(text, body={}) == "transform.template"


def test_json_that_is_none_is_refused():
    assert refused("{{ body }}, 1", "application/json", body=1) == "transform.template"
    assert refused('{"a": {% if body %}1{% endif %}}', "application/json", body=0) == "transform.template"


def test_the_body_is_bounded():
    assert render("{{ body }}", body="x" * 100, max_size=100) == "x" * 100
    assert refused("{{ body }}", body="x" * 101, max_size=100) == "transform.too_large"


def test_a_thousand_rows_are_no_work():
    rows = [{"id": index, "name": f"n{index}", "tags": ["a", "b"]} for index in range(1000)]
    text = (
        '[{% for r in body %}{"id": {{ r.id }}, "name": "{{ r.name | upper }}", "tags": {{ r.tags }}}'
        "{% if not loop.last %},{% endif %}{% endfor %}]"
    )
    rendering = Rendering(Template(text=text))
    assert len(json.loads(rendering.render({"body": rows}, 64))) == 1000
