import pytest

from crossway.compile.authentication import METHODS, Authentication
from crossway.compile.contract import Fragment, OfConsumers, Site
from crossway.model import Consumer, Finding, Findings, Ref, Spec
from crossway.policies.authentication import POLICY, compile_authentication
from crossway.protos import to_dict
from crossway.protos.envoy.extensions.filters.http.lua import v3 as lua_v3

SHOP, ALICE, BOB = Ref("routes", "shop"), Ref("consumers", "alice"), Ref("consumers", "bob")
FINGERPRINT = "0a" * 32


def script(**consumers: object) -> tuple[str, Findings]:
    known = POLICY.filters["authentication"]
    assert isinstance(known, OfConsumers)
    read = tuple(
        (Ref("consumers", name), Consumer.model_validate({"credentials": held})) for name, held in consumers.items()
    )
    message, findings = known.message(read)
    assert isinstance(message, lua_v3.Lua)
    return message.default_source_code.inline_string, findings


def principals(text: str) -> dict[str, str]:
    table = text.partition("local KNOWN = [==[")[2].partition("]==]")[0]
    return {key: who.partition(";")[0] for key, who in (line.split(" ") for line in table.splitlines())}


@pytest.mark.parametrize("method", METHODS)
def test_one_method_is_enough_to_say_how_they_go_together(method):
    found = compile_authentication(Authentication(optional=True), Site(SHOP, "default", beside={method: Spec()}))
    assert isinstance(found, Fragment)
    assert to_dict(found.per_route["authentication"]) == {"filter_context": {"any": False, "optional": True}}


def test_without_a_method_there_is_nothing_to_put_together():
    found = compile_authentication(Authentication(), Site(SHOP, "default", beside={"cors": Spec()}))
    assert isinstance(found, Finding)
    assert found.code == "authentication.no_method"


def test_each_credential_is_known_by_what_its_method_reports():
    text, findings = script(
        alice={"basic_auth": [{"username": "al", "password": "x"}], "jwt": [{"subject": "1"}]},
        bob={
            "jwt": [{"subject": "1", "issuer": "https://id.test"}],
            "mtls": [{"san": "bob.test"}, {"fingerprint": FINGERPRINT.upper()}],
        },
    )
    assert findings == ()
    known = principals(text)
    assert known["basic_auth%20al"] == known["jwt%20%201"] == "alice"
    assert known["jwt%20https%3A%2F%2Fid.test%201"] == "bob"
    assert known["mtls%20name%20bob.test"] == known[f"mtls%20{FINGERPRINT}"] == "bob"


def test_a_name_in_a_certificate_is_never_taken_for_a_fingerprint():
    text, findings = script(alice={"mtls": [{"fingerprint": FINGERPRINT}]}, bob={"mtls": [{"san": FINGERPRINT}]})
    assert findings == ()
    assert len(set(principals(text))) == 2


def test_no_secret_and_no_code_of_a_consumers_is_in_the_script():
    text, _ = script(
        alice={
            "api_key": ["hunter2"],
            "basic_auth": [{"username": "]==]os.exit()--", "password": "hunter3"}],
            "jwt": [{"subject": "]==]\nos.exit()", "issuer": "a b"}],
        }
    )
    assert "hunter" not in text
    assert "os.exit" not in text.replace("os.exit%28%29", "")
    assert "]==]os" not in text


@pytest.mark.parametrize(
    ("kind", "credential"),
    [
        ("jwt", {"subject": "1"}),
        ("mtls", {"san": "a.test"}),
        ("basic_auth", {"username": "al", "password": "x"}),
        ("hmac_signature", {"key_id": "k", "secret": "x" * 32}),
    ],
)
def test_what_two_consumers_share_is_told_and_is_that_of_the_first(kind, credential):
    text, found = script(alice={kind: [credential]}, bob={kind: [credential]})
    assert {(finding.code, finding.about, finding.path) for finding in found} == {
        ("credential.duplicate", BOB, ("credentials", kind, 0))
    }
    assert "bob" not in principals(text).values() or kind == "basic_auth"


def test_the_filters_are_harmless_alone():
    assert "]==]" in script()[0]
    assert principals(script()[0]) == {}
