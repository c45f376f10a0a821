"""Signed requests: the examples of RFC 9421, appendix B and section 4.3, and what a route asks for beyond them."""

import base64
import hashlib
from dataclasses import astuple, dataclass, replace
from datetime import UTC, datetime, timedelta

import pytest
from cryptography.hazmat.primitives import hashes, hmac

from authn.scene import Clock, roster, store
from crossway.authn.signatures import Signatures, accepted
from crossway.authn.verdict import Answer, Passed, Request
from crossway.compile.checks import Asked
from crossway.compile.identity import SIGNED
from crossway.model import SignatureCredential
from crossway.policies.hmac_signature import HmacSignature

SIGNED_AT = datetime.fromtimestamp(1618884473, UTC)
BODY = b'{"hello": "world"}'
MESSAGE = Request(
    "POST",
    "https",
    "example.com",
    "/foo?param=Value&Pet=dog",
    (
        ("date", "Tue, 20 Apr 2021 02:07:55 GMT"),
        ("content-type", "application/json"),
        (
            "content-digest",
            "sha-512=:WZDPaVn/7XgHaAy8pmojAkGWoRx2UFChF41A2svX+TaPm+AbwAgBWnrIiYllu7BNNyealdVLvRwEmTHWXvJwew==:",
        ),
        ("content-length", "18"),
    ),
    BODY,
)
RSA = """-----BEGIN PUBLIC KEY-----
MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEAr4tmm3r20Wd/PbqvP1s2
+QEtvpuRaV8Yq40gjUR8y2Rjxa6dpG2GXHbPfvMs8ct+Lh1GH45x28Rw3Ry53mm+
oAXjyQ86OnDkZ5N8lYbggD4O3w6M6pAvLkhk95AndTrifbIFPNU8PPMO7OyrFAHq
gDsznjPFmTOtCEcN2Z1FpWgchwuYLPL+Wokqltd11nqqzi+bJ9cvSKADYdUAAN5W
Utzdpiy6LbTgSxP7ociU4Tn0g5I6aDZJ7A8Lzo0KSyZYoA485mqcO0GVAdVw9lq4
aOT9v6d+nb4bnNkQVklLQ3fVAvJm+xdDOp9LCNCN48V2pnDOkFV6+U9nV5oyc6XI
2wIDAQAB
-----END PUBLIC KEY-----"""
P256 = """-----BEGIN PUBLIC KEY-----
MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEqIVYZVLCrPZHGHjP17CTW0/+D9Lf
w0EkjqF7xB4FivAxzic30tMM4GF+hR6Dxh71Z50VGGdldkkDXZCnTNnoXQ==
-----END PUBLIC KEY-----"""
ED25519 = """-----BEGIN PUBLIC KEY-----
MCowBQYDK2VwAyEAJrQLj5P/89iXES9+vFgrIy29clF9CC/oPPsw3c5D0bs=
-----END PUBLIC KEY-----"""
SHARED = "base64:uzvJfB4u3N0Jy4T7NZ75MDVcr8zSTInedJtkgcu46YW4XByzNJjxBdtjUkdJPBtbmHhIDi6pcl8jsasjlTMtDQ=="
KEYS = (
    SignatureCredential(key_id="test-key-rsa-pss", public_key=RSA),
    SignatureCredential(key_id="test-key-ecc-p256", public_key=P256),
    SignatureCredential(key_id="test-shared-secret", secret=SHARED, id="shared"),
    SignatureCredential(key_id="test-key-ed25519", public_key=ED25519),
)


@dataclass(frozen=True)
class Example:
    parameters: str
    signature: str
    components: tuple[str, ...]


EXAMPLES = {
    "B.2.2": Example(
        parameters='("@authority" "content-digest" "@query-param";name="Pet");created=1618884473;'
        'keyid="test-key-rsa-pss";tag="header-example"',
        signature="LjbtqUbfmvjj5C5kr1Ugj4PmLYvx9wVjZvD9GsTT4F7GrcQEdJzgI9qHxICagShLRiLMlAJjtq6N4CDfKtjvuJyE5qH7KT8UCMkSowOB4+ECxCmT"
        "8rtAmj/0PIXxi0A0nxKyB09RNrCQibbUjsLS/2YyFYXEu4TRJQzRw1rLEuEfY17SARYhpTlaqwZVtR8NV7+4UKkjqpcAoFqWFQh62s7Cl+H2fjBS"
        "pqfZUJcsIk4N6wiKYd4je2U/lankenQ99PZfB4jY3I5rSV2DSBVkSFsURIjYErOs0tFTQosMTAoxk//0RoKUqiYY8Bh0aaUEb0rQl3/XaVe4bXTu"
        "gEjHSw==",
        components=("@authority", "content-digest"),
    ),
    "B.2.3": Example(
        parameters='("date" "@method" "@path" "@query" "@authority" "content-type" "content-digest" "content-length");'
        'created=1618884473;keyid="test-key-rsa-pss"',
        signature="bbN8oArOxYoyylQQUU6QYwrTuaxLwjAC9fbY2F6SVWvh0yBiMIRGOnMYwZ/5MR6fb0Kh1rIRASVxFkeGt683+qRpRRU5p2voTp768ZrCUb38K0fU"
        "xN0O0iC59DzYx8DFll5GmydPxSmme9v6ULbMFkl+V5B1TP/yPViV7KsLNmvKiLJH1pFkh/aYA2HXXZzNBXmIkoQoLd7YfW91kE9o/CCoC1xMy7JA"
        "1ipwvKvfrs65ldmlu9bpG6A9BmzhuzF8Eim5f8ui9eH8LZH896+QIF61ka39VBrohr9iyMUJpvRX2Zbhl5ZJzSRxpJyoEZAFL2FUo5fTIztsDZKE"
        "gM4cUA==",
        components=("@method", "@target-uri", "date", "content-type"),
    ),
    "4.3": Example(
        parameters='("@method" "@authority" "@path" "content-digest" "content-type" "content-length");'
        'created=1618884475;keyid="test-key-ecc-p256"',
        signature="X5spyd6CFnAG5QnDyHfqoSNICd+BUP4LYMz2Q0JXlb//4Ijpzp+kve2w4NIyqeAuM7jTDX+sNalzA8ESSaHD3A==",
        components=("@method", "@path"),
    ),
    "B.2.5": Example(
        parameters='("date" "@authority" "content-type");created=1618884473;keyid="test-shared-secret"',
        signature="pxcQw6G3AjtMBQjwo8XzkZf/bws5LelbaMk5rGIGtE8=",
        components=("date",),
    ),
    "B.2.6": Example(
        parameters='("date" "@method" "@path" "@authority" "content-type" "content-length");created=1618884473;'
        'keyid="test-key-ed25519"',
        signature="wqcAqbmYJ2ji2glfAMaRy4gruYYnx2nEFN2HN6jrnDnQCK1u02Gb04v9EDgwUPiu4A0w6vuQv5lIp5WPpBKRCw==",
        components=("@method", "@authority", "@path"),
    ),
}
SECRET = "s" * 32


@pytest.fixture
async def method(tmp_path):
    clock = Clock(SIGNED_AT + timedelta(seconds=10))
    known = roster(alice={"hmac_signature": KEYS}, bob={"hmac_signature": [{"key_id": "k", "secret": SECRET}]})
    async with store(tmp_path, clock) as nonces:
        found = Signatures(known, nonces, clock)
        found.clock = clock
        yield found


def asked(lenient: bool = False, **settings: object) -> Asked:
    text = HmacSignature.model_validate(settings).model_dump_json(exclude_defaults=True)
    return Asked("hmac_signature", "default", lenient, text)


def with_signature(request: Request, parameters: str, signature: str, label: str = "sig") -> Request:
    lines = ("signature-input", f"{label}={parameters}"), ("signature", f"{label}=:{signature}:")
    return replace(request, headers=(*request.headers, *lines))


def signed(request: Request, parameters: str, covered: dict[str, str], secret: str = SECRET) -> Request:
    """Return *request* signed by hand: *covered* are the components as section 2.5 writes them."""
    names = " ".join(f'"{name}"' for name in covered)
    full = f"({names}){parameters}"
    base = "\n".join([*(f'"{name}": {value}' for name, value in covered.items()), f'"@signature-params": {full}'])
    mac = hmac.HMAC(secret.encode(), hashes.SHA256())
    mac.update(base.encode())
    return with_signature(request, full, base64.b64encode(mac.finalize()).decode())


GET = Request("GET", "https", "example.com", "/a?b=c", (("x-request-id", "r-1"),))
TARGET = {"@method": "GET", "@target-uri": "https://example.com/a?b=c"}
NOW = f';created={int(SIGNED_AT.timestamp())};keyid="k"'


def sentence(verdict) -> str:
    """Return why a request was refused."""
    assert isinstance(verdict, Answer)
    assert verdict.status == 401
    assert {"www-authenticate", "accept-signature"} < {name for name, _ in verdict.headers}
    return verdict.body


@pytest.mark.parametrize("example", EXAMPLES)
async def test_the_examples_of_the_rfc(method, example):
    parameters, signature, components = astuple(EXAMPLES[example])
    with_body = "content-digest" in parameters
    tag = "header-example" if "tag=" in parameters else None
    wanted = asked(components=components, body=with_body, tag=tag)
    verdict = await method(with_signature(MESSAGE, parameters, signature), wanted)
    assert isinstance(verdict, Passed)
    ((name, who),) = verdict.headers
    assert name == SIGNED
    assert who.startswith("alice;")


@pytest.mark.parametrize("example", EXAMPLES)
async def test_an_example_that_was_changed(method, example):
    parameters, signature, components = astuple(EXAMPLES[example])
    wanted = asked(components=components, body=False)
    changed = (
        replace(MESSAGE, authority="example.org"),
        replace(MESSAGE, headers=tuple((name, value + "x") for name, value in MESSAGE.headers)),
    )
    for message in changed:
        assert "does not fit" in sentence(await method(with_signature(message, parameters, signature), wanted))


async def test_a_body_that_was_changed(method):
    parameters, signature, components = astuple(EXAMPLES["B.2.3"])
    message = with_signature(replace(MESSAGE, body=b'{"hello": "WORLD"}'), parameters, signature)
    assert "Content-Digest does not match" in sentence(await method(message, asked(components=components)))


async def test_a_body_without_a_digest_that_is_signed(method):
    parameters, signature, components = astuple(EXAMPLES["B.2.6"])
    message = with_signature(MESSAGE, parameters, signature)
    assert "requires a signed Content-Digest" in sentence(await method(message, asked(components=components)))
    assert isinstance(await method(message, asked(components=components, body=False)), Passed)


async def test_a_request_without_a_body_needs_no_digest(method):
    assert isinstance(await method(signed(GET, NOW, TARGET), asked()), Passed)


async def test_parts_in_place_of_the_whole(method):
    parts = {"@method": "GET", "@authority": "example.com", "@path": "/a", "@query": "?b=c"}
    assert isinstance(await method(signed(GET, NOW, parts), asked()), Passed)
    del parts["@query"]
    assert "does not cover @target-uri" in sentence(await method(signed(GET, NOW, parts), asked()))
    assert isinstance(await method(signed(GET, NOW, TARGET), asked(components=["@path", "@query"])), Passed)


async def test_a_component_that_is_not_covered(method):
    message = replace(GET, headers=(*GET.headers, ("x-team", "shop")))
    wanted = asked(components=["@method", "@target-uri", "x-team"])
    assert "does not cover x-team" in sentence(await method(signed(message, NOW, TARGET), wanted))
    covered = TARGET | {"x-team": "shop"}
    assert isinstance(await method(signed(message, NOW, covered), wanted), Passed)


async def test_times(method):
    created = int(SIGNED_AT.timestamp())

    async def answered(parameters: str) -> str:
        verdict = await method(signed(GET, f'{parameters};keyid="k"', TARGET), asked())
        return "passed" if isinstance(verdict, Passed) else sentence(verdict)

    assert await answered(f";created={created + 40}") == "passed"
    assert "in the future" in await answered(f";created={created + 41}")
    assert await answered(f";created={created - 320}") == "passed"
    assert "too old" in await answered(f";created={created - 321}")
    assert "too old" in await answered(f";created={created};expires={created - 21}")
    assert "does not say when" in await answered("")
    for odd in ("soon", '"1"', "99999999999999", "1.5", "?1"):
        assert "whole seconds" in await answered(f";created={odd}"), odd


async def test_a_nonce_comes_only_once(method):
    once = asked(nonce=True)
    message = signed(GET, f'{NOW};nonce="n-1"', TARGET)
    assert isinstance(await method(message, once), Passed)
    assert "its nonce is used" in sentence(await method(message, once))
    assert isinstance(await method(signed(GET, f'{NOW};nonce="n-2"', TARGET), once), Passed)
    assert "has no nonce" in sentence(await method(signed(GET, NOW, TARGET), once))
    assert "longer than" in sentence(await method(signed(GET, f'{NOW};nonce="{"n" * 257}"', TARGET), once))


async def test_a_wrong_signature_uses_up_no_nonce(method):
    once = asked(nonce=True)
    parameters = f'{NOW};nonce="n-1"'
    assert "does not fit" in sentence(await method(signed(GET, parameters, TARGET, secret="x" * 32), once))
    assert isinstance(await method(signed(GET, parameters, TARGET), once), Passed)


async def test_unknown_keys_are_told_nothing_that_wrong_signatures_are_not(method):
    unknown = signed(GET, NOW.replace('"k"', '"nobody"'), TARGET)
    wrong = signed(GET, NOW, TARGET, secret="x" * 32)
    assert sentence(await method(unknown, asked())) == sentence(await method(wrong, asked()))
    elsewhere = replace(asked(), namespace="blue")
    assert sentence(await method(signed(GET, NOW, TARGET), elsewhere)) == sentence(await method(wrong, asked()))


async def test_another_algorithm_than_that_of_the_key(method):
    message = signed(GET, f'{NOW};alg="ed25519"', TARGET)
    assert "algorithm" in sentence(await method(message, asked()))
    assert isinstance(await method(signed(GET, f'{NOW};alg="hmac-sha256"', TARGET), asked()), Passed)


async def test_several_signatures(method):
    one = signed(GET, f'{NOW};tag="app"', TARGET)
    both = replace(one, headers=(*one.headers, ("signature-input", f"proxy=(){NOW}"), ("signature", "proxy=:AAAA:")))
    assert "several signatures" in sentence(await method(both, asked()))
    assert isinstance(await method(both, asked(tag="app")), Passed)
    assert "is not signed" in sentence(await method(both, asked(tag="other")))


async def test_a_request_that_is_not_signed(method):
    answer = await method(GET, asked())
    assert "the request is not signed" in sentence(answer)
    assert '"request_id": "r-1"' in answer.body
    assert await method(GET, asked(lenient=True)) == Passed()
    assert "does not fit" in sentence(await method(signed(GET, NOW, TARGET, secret="x" * 32), asked(lenient=True)))


@pytest.mark.parametrize(
    "text",
    ["", "sig", "sig=1", "sig=()", '"', "sig=(1);keyid=k", 'sig=("@method";req);created=1618884473;keyid="k"', "é=()"],
)
async def test_nonsense(method, text):
    lines = ("signature-input", text), ("signature", "sig=:AAAA:")
    sentence(await method(replace(GET, headers=lines), asked()))
    sentence(await method(replace(GET, headers=lines[1:]), asked()))


@pytest.mark.parametrize("path", ["*", "/a b", "/é", "/a|b"])
async def test_a_path_that_no_url_has(method, path):
    sentence(await method(signed(replace(GET, path=path), NOW, {"@method": "GET"}), asked()))


def test_what_is_asked_for_is_told():
    settings = HmacSignature(nonce=True, tag="app")
    assert accepted(settings) == 'sig=("@method" "@target-uri" "content-digest");created;keyid;nonce;tag="app"'


def test_the_digest_of_the_examples_is_that_of_their_body():
    digest = base64.b64encode(hashlib.sha512(BODY).digest()).decode()
    assert MESSAGE.value("content-digest") == f"sha-512=:{digest}:"
