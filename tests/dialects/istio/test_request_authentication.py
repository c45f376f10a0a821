from typing import Any

import pytest

from crossway.dialects.istio.request_authentication import JwtRule, issuer


def said(**fields: Any) -> dict[str, object]:
    found = issuer(JwtRule.model_validate({"issuer": "i", "jwksUri": "https://i/keys", **fields}))
    assert found is not None
    return found


def test_istio_looks_for_tokens_in_two_places():
    assert said() == {
        "issuer": "i",
        "jwks": {"uri": "https://i/keys"},
        "header": "authorization",
        "query": "access_token",
        "hide_credentials": True,
    }


@pytest.mark.parametrize(
    ("header", "native"),
    [
        ({"name": "Authorization", "prefix": "Bearer "}, "authorization"),
        ({"name": "authorization"}, {"name": "authorization", "prefix": ""}),
        ({"name": "x-token"}, "x-token"),
        ({"name": "x-token", "prefix": "JWT "}, {"name": "x-token", "prefix": "JWT "}),
    ],
)
def test_headers_of_tokens(header, native):
    found = said(fromHeaders=[header])
    assert found["header"] == [native]
    assert "query" not in found


def test_keys_in_the_text_are_data_and_what_is_none_is_left_to_be_told():
    assert JwtRule(issuer="i", jwks='{"keys": []}').keys == {"inline": {"keys": []}}
    assert JwtRule(issuer="i", jwks="nonsense").keys == {"inline": "nonsense"}
    assert JwtRule(issuer="i").keys is None


def test_what_the_backend_gets_to_see():
    found = said(
        forwardOriginalToken=True, outputPayloadToHeader="X-P", outputClaimToHeaders=[{"claim": "a", "header": "X-A"}]
    )
    assert "hide_credentials" not in found
    assert (found["payload_header"], found["claims_to_headers"]) == ("x-p", {"a": "x-a"})
