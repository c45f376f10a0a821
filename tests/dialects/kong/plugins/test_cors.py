import pytest

from dialects.kong.reading import of_plugin

ALL = ["GET", "HEAD", "PUT", "PATCH", "POST", "DELETE", "OPTIONS", "TRACE", "CONNECT"]


def test_everybody_may_read_by_default():
    assert of_plugin("cors").policies() == {"cors": {"origins": "*", "methods": ALL, "headers": ["*"]}}


@pytest.mark.parametrize(
    ("origins", "expected"),
    [
        ("['https://a.example']", ["https://a.example"]),
        (r"['^https?://[a-z]+\.example$']", [r"~https?://[a-z]+\.example"]),
        ("['https://a.example', '*']", "*"),
    ],
)
def test_an_origin_with_other_characters_is_a_regular_expression(origins: str, expected: object):
    assert of_plugin("cors", f"{{origins: {origins}}}").policies()["cors"]["origins"] == expected


def test_a_backend_answers_no_preflight():
    found = of_plugin("cors", "{preflight_continue: true}")
    assert found.is_closed()
    assert found.said == [("field.invalid", 3)]
    found = of_plugin("cors", "{preflight_continue: false, private_network: true, exposed_headers: [x-a]}")
    assert found.policies()["cors"] | {"private_network": True, "expose_headers": ["x-a"]} == found.policies()["cors"]
