import time

import pytest

from runtime.converting.test_rendering import refused


def test_a_dot_is_a_key_and_nothing_else():
    assert refused("{{ body.items }}", body={}) == "transform.template"
    assert refused("{{ body.__class__ }}", body={}) == "transform.template"
    assert refused("{{ body.real }}", body=1) == "transform.template"
    assert refused("{{ body['__class__'] }}", body="a") == "transform.template"
    assert refused("{{ body | map(attribute='__class__') | list }}", body=["a"]) == "transform.template"
    assert refused("{{ body | map('attr', '__class__') | list }}", body=["a"]) == "transform.template"


BOMBS = [
    "{% for a in range(10000) %}{% for b in range(10000) %}{% for c in body %}{% endfor %}{% endfor %}{% endfor %}",
    "{% for a in range(10000) %}{% for b in range(10000) %}{% set x = a %}{% endfor %}{% endfor %}",
    "{% for a in range(99999) %}{% endfor %}",
    "{% set a = range(10000) | list %}{% for b in a %}{% set x = a | sort %}{% endfor %}",
    "{% set a = range(10000) | list %}{% for b in a %}{% if b in a %}{% endif %}{% endfor %}",
    "{% set a = range(10000) | list %}{% for b in a %}{% if a == a %}{% endif %}{% endfor %}",
    "{% set a = range(10000) | list %}{% for b in a %}{% set x = a | map('string') | join %}{% endfor %}",
    "{% set a = 'x' * 10 %}",
    "{{ [0] * 1000000000 }}",
    "{% set a = 'xxxxxxxxxxxxxxxx' %}" + "{% set a = a ~ a %}" * 40,
    "{% set a = 'xxxxxxxxxxxxxxxx' %}" + "{% set a = a + a %}" * 40,
    "{% set a = [1] %}" + "{% set a = a + a %}" * 40,
    "{% set a = 'aaaaaaaaaaaaaaaa' %}" + "{% set a = a | replace('a', 'aaaaaaaa') %}" * 20,
    "{% set a = ['a', 'b'] %}" + "{% set a = [a | join(a | string), a | string] %}" * 30,
    "{% set a = 99999999 %}" + "{% set a = a * a %}" * 40,
    "{{ 1.5 | round(1000000000) }}",
    "{{ 15 | round(-1000000000, 'ceil') }}",
    "{{ '%01000000000d' % 1 }}",
    "{% for a in range(10000) %}{{ 'xxxxxxxxxx' }}{% endfor %}",
    "{{ range(10000) | map('replace', '', 'x') | list }}{{ range(10000) | list }}",
    "{% set a = [1] %}" + "{% set a = [a, a] %}" * 40 + "{{ a }}",
    "{% set a = 1 %}" + "{% set a = {'a': a, 'b': a} %}" * 40 + "{{ a | tojson }}",
    "{% set a = 1 %}" + "{% set a = (a, a) %}" * 40 + "{{ a == a }}",
    "{{ range(5000) | map(attribute='x', default=body) | join | length }}",
    "{{ range(5000) | map(attribute='x', default=body) | list | tojson | length }}",
    "{{ range(5000) | map(attribute='x', default=body) | sort | length }}",
    "{{ range(5000) | map(attribute='x', default=body) | string | length }}",
    "{% for a in range(9999) %}{% if body == body | list %}{% endif %}{% endfor %}",
    "{% for a in range(9999) %}{% if a is in body %}{% endif %}{% endfor %}",
    "{% for a in range(9999) %}{% if [body] is eq [body | list] %}{% endif %}{% endfor %}",
    "{% for a in range(999) %}{% set x = body | select('in', body) | list %}{% endfor %}",
    "{% for a in range(999) %}{% set x = [body] | sort %}{% endfor %}",
    "{{ [[1]] | sum(start=[]) }}",
    "{% for a in body %}{% for b in body %}{% for c in body %}{% endfor %}{% endfor %}{% endfor %}",
    "{% for a in body %}{{ a.title() | upper | lower | trim | escape }}{% endfor %}" * 50,
]


@pytest.mark.parametrize("text", BOMBS)
def test_no_template_runs_long_or_grows(text):
    start = time.process_time()
    assert refused(text, max_size=50_000, body=["x" * 10] * 2000) in ("transform.template", "transform.too_large")
    assert time.process_time() - start < 2
