import asyncio
from contextlib import aclosing
from datetime import timedelta

import pytest

from crossway.compile.contract import GenericSecret
from crossway.compile.envoy.resource import Resource
from crossway.identity import secrets as module
from crossway.identity.material import pems
from crossway.identity.secrets import SecretLane
from crossway.model import Asked, Certificate, Pems, Ref, Secret
from crossway.model.definition import Trust
from crossway.protos.envoy.extensions.transport_sockets.tls import v3 as tls_v3
from crossway.protos.envoy.service.discovery import v3 as discovery
from crossway.sources.watch import watch
from harness.certificates import Authority
from identity.making import DAY, NOW, make

DEADLINE = 10.0
SHOP = Ref("certificates", "shop")
PAIR = "certificate/shop"
AUTHORITIES = "authorities/shop"


def codes(secrets):
    return [finding.code for finding in secrets.findings]


def content(resource: Resource) -> tls_v3.Secret:
    wrapped = discovery.Resource.FromString(resource.wire)
    assert wrapped.name == resource.name
    secret = tls_v3.Secret.FromString(wrapped.resource.value)
    assert secret.name == resource.name
    return secret


async def following(changes):
    async with asyncio.timeout(DEADLINE):
        return await anext(changes)


async def arriving(changes, done):
    async with asyncio.timeout(DEADLINE):
        async for secrets in changes:
            if done(secrets):
                return secrets
    raise AssertionError("the lane came to an end")


def serving(made):
    serial = f"{made.certificate.serial_number:x}"
    return lambda secrets: secrets.facts[PAIR][0].serial == serial


class Files:
    def __init__(self, directory):
        self.certificate = directory / "tls.crt"
        self.key = directory / "tls.key"
        self.resource = Certificate(certificate=str(self.certificate), key=Secret(str(self.key)))

    def write(self, made):
        self.certificate.write_bytes(made.pem)
        self.key.write_bytes(made.key)


@pytest.fixture(scope="module")
def old():
    return make()


@pytest.fixture(scope="module")
def new():
    return make()


@pytest.fixture
def files(tmp_path, old):
    files = Files(tmp_path)
    files.write(old)
    return files


@pytest.fixture
def lane():
    return SecretLane(watch, lambda: NOW)


def test_inline_pem_becomes_two_secrets(lane, old):
    resource = Certificate(certificate=old.pem.decode(), key=Secret(old.key.decode()), ca=old.pem.decode())
    secrets = lane.declare({SHOP: resource})
    assert secrets.findings == ()
    pair, authorities = content(secrets.resources[PAIR]), content(secrets.resources[AUTHORITIES])
    assert pair.tls_certificate.certificate_chain.inline_bytes == old.pem
    assert pair.tls_certificate.private_key.inline_bytes == old.key
    assert authorities.validation_context.trusted_ca.inline_bytes == old.pem
    assert secrets.facts[PAIR] == secrets.facts[AUTHORITIES]
    assert secrets.resources[PAIR].about == SHOP
    assert old.key.splitlines()[1].decode() not in repr(secrets) + repr(lane)


def test_a_key_is_never_repeated(lane, old):
    mistaken = old.key.splitlines()[1].decode()
    resource = Certificate(certificate=old.pem.decode(), key=Secret(mistaken))
    secrets = lane.declare({SHOP: resource})
    assert codes(secrets) == ["certificate.missing"]
    assert mistaken not in repr(secrets) + str(secrets.findings[0])
    assert secrets.resources == {}


def test_files_that_are_not_there_or_no_files(lane, tmp_path):
    resource = Certificate(certificate=str(tmp_path / "no"), key=Secret("a\0b"), ca=str(tmp_path))
    secrets = lane.declare({SHOP: resource})
    assert [(finding.code, str(finding.field)) for finding in secrets.findings] == [
        ("certificate.missing", "certificates.shop.certificate"),
        ("certificate.unreadable", "certificates.shop.ca"),
    ]


def test_an_expired_certificate_is_served_where_there_is_no_better(old):
    expired = make(end=NOW - timedelta(hours=1))
    bad = Certificate(certificate=expired.pem.decode(), key=Secret(expired.key.decode()))
    good = Certificate(certificate=old.pem.decode(), key=Secret(old.key.decode()))
    lane = SecretLane(watch, lambda: NOW)
    first = lane.declare({SHOP: bad})
    assert (codes(first), list(first.resources)) == (["certificate.expired"], [PAIR])
    assert codes(lane.declare({SHOP: good})) == []
    assert codes(kept := lane.declare({SHOP: bad})) == ["certificate.expired"]
    assert serving(old)(kept)
    assert lane.declare({}).resources == {}


def test_what_is_kept_is_still_told_to_expire(files, old):
    time = NOW
    lane = SecretLane(watch, lambda: time)
    lane.declare({SHOP: files.resource})
    files.key.write_text("broken")
    time = NOW + 365 * DAY
    secrets = lane.declare({SHOP: files.resource})
    assert codes(secrets) == ["certificate.expired", "certificate.unreadable"]
    assert serving(old)(secrets)


async def test_a_renewal_of_one_file_after_the_other_is_one_change_without_findings(lane, files, new):
    lane.declare({SHOP: files.resource})
    async with aclosing(lane.changes()) as changes:
        waiting = asyncio.ensure_future(following(changes))
        await asyncio.wait({waiting}, timeout=0.1)
        files.certificate.write_bytes(new.pem)
        done, _ = await asyncio.wait({waiting}, timeout=0.5)
        assert not done, "the new certificate does not fit the old key, which is nobody's business yet"
        files.key.write_bytes(new.key)
        secrets = await waiting
    assert serving(new)(secrets)
    assert secrets.findings == ()


async def test_a_renewal_that_stays_broken_is_a_finding_and_the_last_good_one_stays(files, new, monkeypatch):
    monkeypatch.setattr(module, "LASTING", timedelta(seconds=0.3))
    lane = SecretLane(watch)
    before = lane.declare({SHOP: files.resource})
    async with aclosing(lane.changes()) as changes:
        files.certificate.write_bytes(new.pem)
        broken = await following(changes)
        assert codes(broken) == ["certificate.key_mismatch"]
        assert "stays in use" in broken.findings[0].hint
        assert broken.resources == before.resources
        files.key.write_bytes(new.key)
        assert codes(await arriving(changes, serving(new))) == []


async def test_renewal_by_a_mounted_secret(lane, tmp_path, old, new):
    for generation, made in (("..1", old), ("..2", new)):
        (tmp_path / generation).mkdir()
        (tmp_path / generation / "tls.crt").write_bytes(made.pem)
        (tmp_path / generation / "tls.key").write_bytes(made.key)
    (tmp_path / "..data").symlink_to("..1")
    files = Files(tmp_path)
    files.certificate.symlink_to("..data/tls.crt")
    files.key.symlink_to("..data/tls.key")
    assert serving(old)(lane.declare({SHOP: files.resource}))
    async with aclosing(lane.changes()) as changes:
        (tmp_path / "..next").symlink_to("..2")
        (tmp_path / "..next").rename(tmp_path / "..data")
        secrets = await following(changes)
    assert serving(new)(secrets)
    assert secrets.findings == ()


async def test_renewal_by_rename_and_files_that_appear_late(lane, tmp_path, old, new):
    files = Files(tmp_path / "late")
    assert codes(lane.declare({SHOP: files.resource})) == ["certificate.missing", "certificate.missing"]
    async with aclosing(lane.changes()) as changes:
        (tmp_path / "late").mkdir()
        files.write(old)
        await arriving(changes, lambda secrets: PAIR in secrets.resources)
        fresh = Files(tmp_path)
        fresh.write(new)
        fresh.key.rename(files.key)
        fresh.certificate.rename(files.certificate)
        assert codes(await arriving(changes, serving(new))) == []


async def test_what_is_declared_while_watching_is_watched(lane, files, new):
    async with aclosing(lane.changes()) as changes:
        waiting = asyncio.ensure_future(arriving(changes, lambda secrets: bool(secrets.facts)))
        await asyncio.wait({waiting}, timeout=0.1)
        lane.declare({SHOP: files.resource})
        files.write(new)
        assert serving(new)(await waiting)


ROUTE = Ref("routes", "shop", "team")


def generic(text, purpose="", name="client"):
    return GenericSecret(name, Secret(text), ROUTE, ("policies", "oidc", "client_secret"), purpose)


def text_of(secrets, name="client"):
    return content(secrets.resources[name]).generic_secret.secret.inline_bytes.decode()


def bundle(secrets) -> tls_v3.CertificateValidationContext:
    return content(secrets.resources[AUTHORITIES]).validation_context


def test_a_bundle_comes_with_the_list_of_what_was_revoked(lane):
    authority = Authority()
    revoked = authority.revoked(authority.issue("mallory"))
    secrets = lane.declare({SHOP: Certificate(ca=authority.pem, crl=revoked)})
    assert secrets.findings == ()
    assert bundle(secrets).crl.inline_bytes.decode() == revoked
    assert bundle(secrets).only_verify_leaf_cert_crl
    assert not bundle(lane.declare({SHOP: Certificate(ca=authority.pem)})).HasField("crl")


def test_a_list_that_cannot_be_read_takes_its_bundle_along(lane):
    for crl, code in (("nowhere.pem", "certificate.missing"), (Authority().pem, "certificate.unreadable")):
        secrets = lane.declare({SHOP: Certificate(ca=Authority().pem, crl=crl)})
        (finding,) = secrets.findings
        assert (finding.code, finding.field) == (code, "certificates.shop.crl")
        assert AUTHORITIES not in secrets.resources


async def test_a_list_that_is_written_anew_is_served(lane, tmp_path):
    authority, file = Authority(), tmp_path / "crl.pem"
    file.write_text(authority.revoked())
    lane.declare({SHOP: Certificate(ca=authority.pem, crl=str(file))})
    later = authority.revoked(authority.issue("mallory"))
    async with aclosing(lane.changes()) as changes:
        file.write_text(later)
        secrets = await arriving(changes, lambda found: bundle(found).crl.inline_bytes.decode() == later)
    assert secrets.findings == ()


def test_what_a_policy_names_is_served_as_it_is_written():
    secrets = SecretLane(watch).declare({}, frozenset({generic("hunter2")}))
    assert text_of(secrets) == "hunter2"
    assert secrets.resources["client"].about == ROUTE
    assert "hunter2" not in repr(secrets)


def test_what_a_policy_names_is_found_in_the_store_in_its_namespace():
    known = {Ref("secrets", "shop", "team"): "hunter2\n"}
    lane = SecretLane(watch, find=known.get)
    assert text_of(lane.declare({}, frozenset({generic("secret:shop")}))) == "hunter2"
    assert lane.declare({}, frozenset({generic("secret:other")})).resources == {}
    assert lane.declare({}).resources == {}


def test_a_key_is_derived_from_the_text_and_the_purpose_and_from_nothing_else():
    def key(text, purpose):
        return text_of(SecretLane(watch).declare({}, frozenset({generic(text, purpose)})))

    assert key("a", "sessions") == key("a", "sessions")
    assert len({key("a", "sessions"), key("b", "sessions"), key("a", "others"), "a"}) == 4


def test_a_service_is_reached_with_what_its_certificates_hold(lane, old):
    resource = Certificate(certificate=old.pem.decode(), key=Secret(old.key.decode()), ca=old.pem.decode())
    secrets = lane.declare({SHOP: resource})
    asked = Asked("orders", (), "", Trust("orders.example", (SHOP,), SHOP))
    assert pems(asked, secrets.resources) == Pems(old.pem, old.pem, old.key)
    assert pems(asked, {}) == pems(asked._replace(trust=None), secrets.resources) == Pems()
