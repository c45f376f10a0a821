import pytest

from crossway.dialects.kong.entity import native_name
from dialects.kong.reading import HEAD, read


@pytest.mark.parametrize(
    ("text", "name"), [("orders", "orders"), ("a b~c", "a_b_c"), ("-x-", "x"), ("é", "unnamed"), ("v1.2_x", "v1.2_x")]
)
def test_a_name_becomes_one_of_a_resource(text: str, name: str):
    assert native_name(text) == name


@pytest.mark.parametrize("reference", ["web", "{name: web}", "{id: '17'}", "'17'"])
def test_an_entity_is_named_by_its_name_or_its_id(reference: str):
    found = read(
        f"{HEAD}services: [{{name: web, id: '17', url: 'http://web'}}]\n"
        f"routes: [{{name: a, service: {reference}, paths: [/a]}}]\n"
    )
    assert found.route("a")["to"] == "web"


def test_a_reference_to_nothing_closes():
    found = read(f"{HEAD}routes:\n- {{name: a, service: none, paths: [/a]}}\n")
    assert found.said == [("reference.dangling", 3)]
    assert found.is_closed("a")
