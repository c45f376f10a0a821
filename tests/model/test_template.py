import time

import pytest

from crossway.model.template import FILTERS, TEMPLATE_LENGTH, inserted_into, read_template


def used(text: str, content_type: str = "text/plain") -> frozenset[str]:
    return read_template(text, content_type)[1]


def test_the_variables_that_a_template_uses():
    assert used("{{ body.a }}{% for x in query %}{{ x }}{{ loop.index }}{% endfor %}{% set y = 1 %}{{ y }}") == {
        "body",
        "query",
    }
    assert used("no variables at all, {{ range(3) | list }}") == frozenset()


@pytest.mark.parametrize(
    "text",
    [
        "{% if body.a is defined and body.b == 1 %}a{% elif not body.c %}b{% else %}c{% endif %}",
        "{% for k, v in body | items if v %}{{ k ~ ':' }}{% else %}none{% endfor %}",
        "{{ (body.a or 'x')[1:3] | replace('a', 'b') }} {{ [1, 2][0] + {'a': 1}.a - 2 * 3 // 4 % 5 / 6 }}",
        "{{ 'a,b'.split(',') | join('-') }}{{ body.name.startswith('x') }}{# nothing #}{{ loop_ is not defined }}",
    ],
)
def test_values_conditions_and_loops(text):
    assert read_template(text.replace("loop_", "body"), "text/plain")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{% for x in body %}", "line 1 .*end of template"),
        ("a\n{{ body", "line 2"),
        ("{% macro f() %}{% endmacro %}", "'macro'"),
        ("{% include 'x' %}", "'include'"),
        ("{% import 'x' as y %}", "'import'"),
        ("{% from 'x' import y %}", "'import'"),
        ("{% extends 'x' %}", "'extends'"),
        ("{% block x %}{% endblock %}", "'block'"),
        ("{% filter upper %}{% endfilter %}", "'filter'"),
        ("{% set x %}{% endset %}", "'set ... endset'"),
        ("{% call x() %}{% endcall %}", "'call'"),
        ("{% with x = 1 %}{% endwith %}", "'with'"),
        ("{% set ns = namespace() %}", "range"),
        ("{% for x in body recursive %}{{ loop(x) }}{% endfor %}", "recursive"),
        ("{{ body | safe }}", "no filter 'safe'"),
        ("{{ body | attr('x') }}", "no filter 'attr'"),
        ("{{ 'x' | center(1000000000) }}", "no filter 'center'"),
        ("{{ '%s' | format(1) }}", "no filter 'format'"),
        ("{{ body is strange }}", "no test|No test"),
        ("{{ 2 ** 10000000000 }}", "no 'pow'"),
        ("{{ lipsum() }}", "can be called"),
        ("{{ body.format(1) }}", "can be called"),
        ("{{ body.__class__() }}", "can be called"),
        ("{{ 'x'.ljust(1000000000) }}", "can be called"),
        ("{{ range(*body) }}", "one by one"),
        ("{{ other }}", "no variable 'other'"),
        ("{{ _work }}", "underscore|no variable"),
        ("{{ self }}", "no variable"),
        ("{{ " + "(" * 5000 + "1" + ")" * 5000 + " }}", "nested too deeply"),
        ("{{ " + "9" * 5000 + " }}", "4300"),
        ("x" * (TEMPLATE_LENGTH + 1), "at most"),
    ],
)
def test_what_a_template_may_not_say(text, message):
    with pytest.raises(ValueError, match=message):
        read_template(text, "text/plain")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('{"a": "{{ body }}', "does not close it"),
        ('{"a": "\\{{ body }}"}', "backslash"),
        ('{% if body %}"{% endif %}', "each branch"),
        ('{% for x in body %}"a{% endfor %}', "each turn"),
        ('"{% if body %}a{% else %}"{% endif %}', "each branch"),
    ],
)
def test_quotes_of_json_are_closed(text, message):
    assert read_template(text, "text/plain")
    with pytest.raises(ValueError, match=message):
        read_template(text, "application/json")


def test_where_values_are_inserted():
    types = [
        "application/json",
        "application/problem+json",
        "text/html",
        "image/svg+xml",
        "application/xml",
        "text/csv",
    ]
    assert [inserted_into(content_type) for content_type in types] == [
        "_outside",
        "_outside",
        "_markup",
        "_markup",
        "_markup",
        "_plain",
    ]


@pytest.mark.parametrize("text", ["{{ 'x' * 10000000000 }}", "{{ [0] * 10000000000 }}", "{{ '%0999999999d' % 1 }}"])
def test_reading_computes_nothing(text):
    start = time.process_time()
    read_template(text, "text/plain")
    assert time.process_time() - start < 1


def test_every_filter_is_one_of_jinja():
    from jinja2.filters import FILTERS as KNOWN

    assert set(KNOWN) >= FILTERS
