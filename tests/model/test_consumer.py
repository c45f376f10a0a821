import pytest
from pydantic import ValidationError

from crossway.model import Consumer, Credentials, problems
from crossway.model.credential import BasicCredential

FINGERPRINT = ":".join(["0a"] * 32)


def consumer(**settings: object) -> Consumer:
    return Consumer.model_validate(settings)


def paths(settings: object) -> list[tuple[str | int, ...]]:
    with pytest.raises(ValidationError) as raised:
        Consumer.model_validate(settings)
    return [finding.path for finding in problems(raised.value, Consumer)]


def test_a_consumer_needs_nothing():
    nobody = consumer()
    assert (nobody.groups, nobody.tags, nobody.plan) == ((), (), None)
    assert nobody.credentials == Credentials()


def test_it_may_have_any_number_of_credentials_of_each_kind():
    alice = consumer(
        groups=["gold"],
        credentials={
            "api_key": ["k-one", {"key": "k-two", "id": "laptop"}],
            "basic_auth": [{"username": "alice", "password": "wonderland"}],
            "jwt": [{"subject": "1"}, {"subject": "1", "issuer": "https://id.test"}],
            "mtls": [{"san": "alice.test"}, {"fingerprint": FINGERPRINT}],
            "hmac_signature": [{"key_id": "a", "secret": "0123456789abcdef0123456789abcdef"}],
        },
    )
    held = alice.credentials
    assert [key.identifier(position) for position, key in enumerate(held.api_key)] == ["1", "laptop"]
    assert len(held.jwt) == len(held.mtls) == 2


@pytest.mark.parametrize("field", ["groups", "tags"])
@pytest.mark.parametrize("word", ["", "a b", "a,b", "a;b", "a\n", "ä", "-a", "a" * 129])
def test_a_word_that_headers_cannot_carry(field, word):
    assert paths({field: ["fine", word]}) == [(field, 1)]


def test_a_plan_is_one_word():
    assert consumer(plan="gold").plan == "gold"
    assert paths({"plan": "gold;staff"}) == [("plan",)]


@pytest.mark.parametrize(
    ("kind", "credential"),
    [
        ("api_key", ""),
        ("api_key", "a key"),
        ("api_key", "k\u00e4"),
        ("api_key", {"key": "k", "expires": "2030-01-01T00:00:00"}),
        ("api_key", {"key": "k", "id": "a;b"}),
        ("basic_auth", {"username": "a:b", "password": "x"}),
        ("basic_auth", {"username": "a\nb", "password": "x"}),
        ("basic_auth", {"username": "alice", "password": ""}),
        ("basic_auth", {"username": "alice", "password": "x\nmallory:{SHA}x"}),
        ("jwt", {"subject": ""}),
        ("mtls", {}),
        ("mtls", {"san": "a", "fingerprint": FINGERPRINT}),
        ("mtls", {"fingerprint": "0a0a"}),
        ("password", {"username": "alice"}),
    ],
)
def test_what_is_no_credential(kind, credential):
    assert paths({"credentials": {kind: [credential]}})[0][:2] == ("credentials", kind)


def test_no_credential_prints():
    alice = consumer(credentials={"api_key": ["hunter2"], "basic_auth": [{"username": "alice", "password": "hunter3"}]})
    assert "hunter" not in f"{alice!r} {alice}"
    assert isinstance(alice.credentials.basic_auth[0], BasicCredential)
