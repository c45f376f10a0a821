import ssl
import stat
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from cryptography import x509

from crossway.errors import RemoteError, UserError
from crossway.identity.authority import FILE, Authority, gateways_of
from crossway.identity.credentials import Credentials
from identity.making import make


@pytest.fixture
def authority(tmp_path):
    return Authority.open(tmp_path / "authority")


def mode(path):
    return stat.S_IMODE(path.stat().st_mode)


def test_it_is_made_once_and_for_its_owner_only(authority, tmp_path):
    directory = tmp_path / "authority"
    assert (mode(directory), mode(directory / FILE)) == (0o700, 0o600)
    assert [path.name for path in directory.iterdir()] == [FILE]
    assert Authority.open(directory).certificate == authority.certificate
    certificate = x509.load_pem_x509_certificate(authority.certificate)
    assert certificate.not_valid_after_utc - certificate.not_valid_before_utc > timedelta(days=3649)


def test_many_at_once_open_the_same(tmp_path):
    with ThreadPoolExecutor(8) as pool:
        opened = list(pool.map(Authority.open, [tmp_path / "authority"] * 8))
    assert len({authority.certificate for authority in opened}) == 1


def test_what_cannot_be_opened_is_one_sentence(tmp_path):
    (tmp_path / FILE).write_text("nothing")
    with pytest.raises(UserError, match=r"holds no authority\.$"):
        Authority.open(tmp_path)
    (tmp_path / FILE).write_bytes(make().key + make().pem)
    with pytest.raises(UserError, match=r"holds no authority\.$"):
        Authority.open(tmp_path)
    with pytest.raises(RemoteError, match=r"cannot be opened: .*\.$"):
        Authority.open(tmp_path / FILE)


def test_both_ends_trust_each_other_and_nobody_else(authority, tmp_path):
    server = authority.issue_server(["localhost", "127.0.0.1", "::1"])
    client = authority.issue_client("edge-1")
    for name in ("localhost", "127.0.0.1", "::1"):
        assert peer_of_handshake(server, client, tmp_path, name)["subjectAltName"] == (
            ("URI", "crossway://proxy/edge-1"),
        )
    with pytest.raises(ssl.SSLCertVerificationError, match="mismatch"):
        peer_of_handshake(server, client, tmp_path, "elsewhere.example")
    stranger = Authority.open(tmp_path / "other").issue_client("edge-1")
    with pytest.raises(ssl.SSLError):
        peer_of_handshake(server, stranger, tmp_path, "localhost")
    with pytest.raises(ssl.SSLError, match="purpose"):
        peer_of_handshake(server, server, tmp_path, "localhost")


def test_a_name_may_be_any_text(authority):
    certificate = x509.load_pem_x509_certificate(authority.issue_client("shop/édge 1").certificate)
    names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert names.get_values_for_type(x509.UniformResourceIdentifier) == ["crossway://proxy/shop%2F%C3%A9dge%201"]
    with pytest.raises(UserError, match="neither an IP address nor a DNS name"):
        authority.issue_server(["é.example"])


def test_no_leaf_outlives_the_authority(authority):
    leaf = x509.load_pem_x509_certificate(authority.issue_client("edge", timedelta(days=9999)).certificate)
    root = x509.load_pem_x509_certificate(authority.certificate)
    assert leaf.not_valid_after_utc == root.not_valid_after_utc


def test_credentials_are_kept_for_their_owner_and_come_back(authority, tmp_path):
    directory = tmp_path / "proxy"
    credentials = authority.issue_client("edge")
    credentials.save(directory)
    credentials.save(directory)
    assert Credentials.load(directory) == credentials
    assert mode(directory) == 0o700
    assert {path.name: mode(path) for path in directory.iterdir()} == {
        "tls.crt": 0o600,
        "tls.key": 0o600,
        "ca.crt": 0o600,
    }


def test_credentials_that_do_not_fit_are_refused(authority, tmp_path):
    with pytest.raises(UserError, match="No such file"):
        Credentials.load(tmp_path)
    one, other = authority.issue_client("one"), authority.issue_client("other")
    Credentials(one.certificate, other.key, one.ca).save(tmp_path)
    with pytest.raises(UserError, match=r"cannot be used: the private key belongs to another certificate\.$"):
        Credentials.load(tmp_path)
    authority.issue_client("late", timedelta(seconds=-1)).save(tmp_path)
    with pytest.raises(UserError, match="expired"):
        Credentials.load(tmp_path)
    with pytest.raises(RemoteError, match="cannot be written"):
        one.save(tmp_path / "tls.key")


def test_no_key_in_repr(authority):
    credentials = authority.issue_client("edge")
    shown = repr(authority) + repr(credentials) + str(credentials)
    assert "PRIVATE" not in shown
    assert credentials.key.splitlines()[1].decode() not in shown


def peer_of_handshake(server: Credentials, client: Credentials, directory, name: str):
    """Return the certificate that the server sees after a handshake in memory."""
    client_reads, server_reads = ssl.MemoryBIO(), ssl.MemoryBIO()
    accepting = context(server, directory / "server", ssl.PROTOCOL_TLS_SERVER)
    connecting = context(client, directory / "client", ssl.PROTOCOL_TLS_CLIENT)
    ends = [
        connecting.wrap_bio(client_reads, server_reads, server_hostname=name),
        accepting.wrap_bio(server_reads, client_reads, server_side=True),
    ]
    waiting = ends
    while waiting:
        waiting = [end for end in waiting if not finished(end)]
    return ends[1].getpeercert()


def finished(end: ssl.SSLObject) -> bool:
    try:
        end.do_handshake()
    except ssl.SSLWantReadError:
        return False
    return True


def context(credentials: Credentials, directory, protocol) -> ssl.SSLContext:
    credentials.save(directory)
    made = ssl.SSLContext(protocol)
    made.load_cert_chain(directory / "tls.crt", directory / "tls.key")
    made.load_verify_locations(directory / "ca.crt")
    made.verify_mode = ssl.CERT_REQUIRED
    return made


def test_a_proxy_may_be_bound_to_gateways(tmp_path):
    issued = Authority.open(tmp_path).issue_client("edge-1", gateways=["edge", "shop/inner"])
    names = x509.load_pem_x509_certificate(issued.certificate).extensions.get_extension_for_class(
        x509.SubjectAlternativeName
    )
    identities = names.value.get_values_for_type(x509.UniformResourceIdentifier)
    assert gateways_of(identities) == {"edge", "shop/inner"}
    assert gateways_of(["crossway://proxy/edge-1"]) == frozenset()
