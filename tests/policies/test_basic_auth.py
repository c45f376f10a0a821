import base64
import hashlib

import pytest
from pydantic import ValidationError

from crossway.compile import identity
from crossway.compile.authentication import Authentication, Require
from crossway.compile.contract import OfConsumers, Site
from crossway.model import Consumer, Findings, Ref
from crossway.policies.basic_auth import POLICY, BasicAuth, compile_basic_auth
from crossway.protos.envoy.extensions.filters.http.basic_auth import v3 as basic_auth_v3

SHOP = Ref("routes", "shop")
HASH = "{SHA}W6ph5Mm5Pz8GgiULbPgzG37mj9g="


def known(*users: dict[str, str], name: str = "basic_auth") -> tuple[basic_auth_v3.BasicAuth, Findings]:
    held = POLICY.filters[name]
    assert isinstance(held, OfConsumers)
    alice = Consumer.model_validate({"credentials": {"basic_auth": list(users)}})
    message, findings = held.message(((Ref("consumers", "alice"), alice),))
    assert isinstance(message, basic_auth_v3.BasicAuth)
    return message, findings


@pytest.mark.parametrize("settings", [True, {"realm": "shop"}, {"hide_credentials": "yes please"}])
def test_what_cannot_be_meant(settings):
    with pytest.raises(ValidationError):
        BasicAuth.model_validate(settings)


def test_a_proxy_is_given_hashes_alone():
    digest = base64.b64encode(hashlib.sha1(b"wonder:land", usedforsecurity=False).digest()).decode()
    message, findings = known({"username": "al", "password": "wonder:land"}, {"username": "b", "password": HASH})
    assert findings == ()
    assert message.users.inline_string == f"al:{{SHA}}{digest}\nb:{HASH}\n"
    assert message.forward_username_header == identity.USER


def test_a_name_that_two_have_is_that_of_the_first():
    message, (finding,) = known({"username": "al", "password": "one"}, {"username": "al", "password": "two"})
    assert message.users.inline_string.count("al:") == 1
    assert (finding.code, finding.path) == ("credential.duplicate", ("credentials", "basic_auth", 1))


def test_where_nobody_has_a_password_nobody_is_let_in():
    message, _ = known()
    (line,) = message.users.inline_string.splitlines()
    assert " " in line.partition(":")[0], "no client can send such a name"


def test_a_request_may_come_without_where_other_methods_will_do():
    for together in (Authentication(optional=True), Authentication(require=Require.ANY)):
        fragment = compile_basic_auth(BasicAuth(), Site(SHOP, "default", beside={"authentication": together}))
        assert {"basic_auth.optional", "authentication"} == set(fragment.per_route)
    assert known(name="basic_auth.optional")[0].allow_missing
    assert not known()[0].allow_missing


def test_no_backend_sees_the_password_unless_that_is_wanted():
    hidden, seen = (
        compile_basic_auth(BasicAuth(hide_credentials=hide), Site(SHOP, "default")).route for hide in (True, False)
    )
    assert hidden is not None
    assert list(hidden.request_headers_to_remove) == ["authorization"]
    assert seen is None
