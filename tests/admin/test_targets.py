import pytest
from hypothesis import given
from hypothesis import strategies as st

from crossway.admin.targets import trick


@pytest.mark.parametrize(
    "path", [b"/", b"/v1", b"/v1/", b"/v1/a.b", b"/v1/...", b"/v1/..a", b"/v1/%C3%A4", b"/v1/a%20b"]
)
def test_honest_paths(path):
    assert trick(path, b"name=a%2Fb&x=%C3%A4") is None


@pytest.mark.parametrize(
    "path",
    [
        *(b"", b"v1", b"*", b"//", b"//v1", b"/v1//a", b"/..", b"/.", b"/v1/../a", b"/v1/.", b"/%2e%2e/a", b"/%2E./a"),
        *(b"/a%2fb", b"/a%2Fb", b"/a%5cb", b"/a\\b", b"/%00", b"/%0a", b"/%7f", b"/%ff", b"/%c0%af", b"/%", b"/%g0"),
    ],
)
def test_tricks(path):
    assert trick(path, b"").status == 400


def test_long_ones():
    assert trick(b"/" + b"a" * 32_768, b"").status == 414
    assert trick(b"/", b"a" * 32_769).status == 414
    assert trick(b"/", b"%00").status == trick(b"/", b"%ff").status == trick(b"/", b"%").status == 400


@given(st.binary(), st.binary())
def test_any_target_is_honest_or_a_trick(path, query):
    trick(path, query)
