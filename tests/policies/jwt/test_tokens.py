import pytest

from crossway.policies.jwt.tokens import Token, TokenHeader, of_issuer


@pytest.mark.parametrize(
    ("written", "before"),
    [
        ("authorization", "Bearer "),
        ("x-token", ""),
        ({"name": "authorization", "prefix": ""}, ""),
        ({"name": "x-token", "prefix": "JWT "}, "JWT "),
    ],
)
def test_what_stands_in_front_of_a_token(written, before):
    assert TokenHeader.model_validate(written).before == before


def test_one_place_needs_no_list():
    one = Token.model_validate({"header": "x-a", "query": "t", "cookie": "c"})
    assert ([header.name for header in one.header], one.query, one.cookie) == (["x-a"], ("t",), ("c",))


def test_who_names_a_place_for_an_issuer_names_all_of_them():
    common = Token.model_validate({"header": "x-a", "cookie": "c", "hide_credentials": True})
    own = of_issuer(common, Token.model_validate({"query": "t", "payload_header": "x-p"}))
    assert (own.header, own.query, own.cookie) == ((), ("t",), ())
    assert (own.hide_credentials, own.payload_header) == (True, "x-p")
    assert of_issuer(common, Token()).cookie == ("c",)


def test_without_a_place_it_is_the_usual_header():
    assert of_issuer(Token(), Token()).header == (TokenHeader(name="authorization"),)
