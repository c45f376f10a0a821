"""Forms, scopes and errors."""

import json

import pytest

from crossway.authn.oauth2.protocol import OAuthError, digest, fields, form, needed, new_secret, scopes
from crossway.authn.verdict import Request


def error(action) -> str:
    with pytest.raises(OAuthError) as failed:
        action()
    return failed.value.code


def test_fields():
    assert fields("a=1&b=%C3%A9+x&c=") == {"a": "1", "b": "é x"}
    assert needed({"a": "1"}, "a") == "1"
    for wrong in ("a=1&a=2", "a=%FF", "&".join(f"a{number}=1" for number in range(51))):
        assert error(lambda wrong=wrong: fields(wrong)) == "invalid_request"
    assert error(lambda: needed({}, "a")) == "invalid_request"


def test_a_form_says_that_it_is_one():
    def sent(kind: str) -> Request:
        return Request("POST", "https", "h", "/", (("content-type", kind),), b"a=1")

    assert form(sent("Application/x-www-form-urlencoded; charset=UTF-8")) == {"a": "1"}
    assert error(lambda: form(sent("application/json"))) == "invalid_request"


def test_scopes():
    assert scopes(None, allowed=["a", "b", "old"], known=["a", "b", "c"]) == "a b"
    assert scopes("b a b", allowed=["a", "b"], known=["a", "b"]) == "b a"
    assert scopes("", allowed=["a"], known=["a"]) == ""
    assert error(lambda: scopes("c", allowed=["a"], known=["a", "c"])) == "invalid_scope"
    assert error(lambda: scopes("old", allowed=["old"], known=["a"])) == "invalid_scope"


def test_an_error_as_an_answer():
    answer = OAuthError("invalid_client", "no", 401, (("www-authenticate", "Basic"),)).answer()
    assert (answer.status, json.loads(answer.body)["error"]) == (401, "invalid_client")
    assert dict(answer.headers)["cache-control"] == "no-store"


def test_secrets_differ():
    one, other = new_secret(), new_secret()
    assert len(one) == 43
    assert digest(one) != digest(other)
