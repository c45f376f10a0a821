from datetime import UTC, datetime

import pytest
from pydantic import ValidationError

from crossway.compile.authentication import (
    FILTER,
    GUARD,
    METHODS,
    Authentication,
    Require,
    credentials,
    distinct,
    identity_of,
    is_lenient,
    is_sole,
    reported,
)
from crossway.compile.contract import Site
from crossway.daemon.registry import load_policies
from crossway.model import ApiKey, BasicCredential, Consumer, Credential, Credentials, Finding, Ref, Spec
from crossway.protos import to_dict

SHOP, ALICE, BOB = Ref("routes", "shop"), Ref("consumers", "alice"), Ref("consumers", "bob")


class Method(Spec):
    """Stands for the settings of a method."""


def site(together: Authentication | None = None, *methods: str) -> Site:
    beside: dict[str, Spec] = {method: Method() for method in methods}
    return Site(SHOP, "default", beside=beside if together is None else {**beside, "authentication": together})


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ({}, Authentication(require=Require.ALL, optional=False)),
        ("all", Authentication(require=Require.ALL)),
        ("any", Authentication(require=Require.ANY)),
        ("optional", Authentication(optional=True)),
        ({"require": "any", "optional": True}, Authentication(require=Require.ANY, optional=True)),
    ],
)
def test_how_it_is_written(written, meant):
    read = Authentication.model_validate(written)
    assert (read.require, read.optional) == (meant.require, meant.optional)


@pytest.mark.parametrize("written", ["some", True, {"require": "one"}, {"optional": "maybe"}, {"methods": ["jwt"]}])
def test_what_cannot_be_meant(written):
    with pytest.raises(ValidationError):
        Authentication.model_validate(written)


def test_every_method_is_a_policy():
    assert set(METHODS) <= set(load_policies())


def test_without_a_word_every_method_must_be_passed():
    assert not is_lenient(site(None, "jwt"))
    assert not is_lenient(site(Authentication(require=Require.ALL), "jwt"))
    assert is_lenient(site(Authentication(require=Require.ANY), "jwt"))
    assert is_lenient(site(Authentication(optional=True), "jwt"))


def test_a_method_is_sole_if_nobody_else_has_a_say():
    assert is_sole(site(None, "api_key"), "api_key")
    assert not is_sole(site(None, "api_key", "jwt"), "api_key")
    assert not is_sole(site(Authentication(optional=True), "api_key"), "api_key")
    assert is_sole(site(None, "api_key", "cors"), "api_key")


def test_a_method_is_reported_to_the_last_filter_of_the_stage():
    ((name, message),) = reported(Site(SHOP, "default"), "jwt", {"claim": "sub", "consumer": True}).items()
    assert name == FILTER
    assert to_dict(message) == {"filter_context": {"jwt": {"holds": True, "claim": "sub", "consumer": True}}}


def test_what_a_namespace_knows_is_guarded():
    blue = Site(SHOP, "blue", beside={"api_key": Method()})
    found = reported(blue, "api_key", {})
    assert set(found) == {"authentication/blue", GUARD}
    assert to_dict(found["authentication/blue"]) == {"filter_context": {"api_key": {"holds": True}, "guarded": True}}
    assert not is_sole(blue, "api_key")


def test_who_somebody_is_has_six_fields():
    ends = datetime(2030, 1, 1, tzinfo=UTC)
    alice = Consumer(groups=("gold", "staff"), tags=("eu",), plan="big")
    key = ApiKey.model_validate({"key": "k", "id": "laptop", "expires": ends})
    assert identity_of(ALICE, alice, key, 0) == f"alice;gold,staff;eu;big;laptop;{int(ends.timestamp())}"
    assert identity_of(BOB, Consumer(), ApiKey.model_validate("k"), 1) == "bob;;;;2;"


def held(*keys: str) -> Consumer:
    return Consumer(credentials=Credentials(api_key=tuple(ApiKey.model_validate(key) for key in keys)))


def test_each_credential_of_a_kind_says_whose_it_is_and_where_it_stands():
    found = list(credentials(((ALICE, held("a")), (BOB, held("b", "c"))), "api_key", ApiKey))
    assert [(key.key.reveal(), who.partition(";")[0]) for key, who, _ in found] == [
        ("a", "alice"),
        ("b", "bob"),
        ("c", "bob"),
    ]
    assert [(twice().about, twice().path) for _, _, twice in found] == [
        (ALICE, ("credentials", "api_key", 0)),
        (BOB, ("credentials", "api_key", 0)),
        (BOB, ("credentials", "api_key", 1)),
    ]
    assert list(credentials(((ALICE, held("a")),), "basic_auth", BasicCredential)) == []


def test_the_first_who_has_a_credential_holds_it():
    first, second = Finding("credential.duplicate", "one"), Finding("credential.duplicate", "two")
    known, findings = distinct(
        [("k", "alice", lambda: first), ("k", "bob", lambda: second), ("l", "bob", lambda: first)]
    )
    assert known == {"k": "alice", "l": "bob"}
    assert findings == [second]


def test_no_secret_is_in_what_is_said_of_one():
    for _, who, twice in credentials(((ALICE, held("hunter2")),), "api_key", Credential):
        assert "hunter2" not in f"{who} {twice()}"
