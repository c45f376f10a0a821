import pytest

from crossway.daemon.redaction import redact
from crossway.model import REDACTED
from crossway.protos import pack, to_dict
from crossway.protos.envoy.config.core import v3 as core_v3
from crossway.protos.envoy.config.listener import v3 as listener_v3
from crossway.protos.envoy.extensions.transport_sockets.tls import v3 as tls_v3

KEY = b"the private key"
SOURCES = [
    core_v3.DataSource(inline_bytes=KEY),
    core_v3.DataSource(inline_string=KEY.decode()),
    core_v3.DataSource(filename="/etc/key"),
]


@pytest.mark.parametrize("source", SOURCES, ids=lambda source: source.WhichOneof("specifier"))
def test_the_key_goes_and_the_certificate_stays(source):
    certificate = tls_v3.TlsCertificate(
        certificate_chain=core_v3.DataSource(inline_string="public"), private_key=source, password=source
    )
    secret = tls_v3.Secret(name="shop", tls_certificate=certificate)
    redact(secret)
    assert to_dict(secret) == {
        "name": "shop",
        "tls_certificate": {
            "certificate_chain": {"inline_string": "public"},
            "private_key": {"inline_string": REDACTED},
            "password": {"inline_string": REDACTED},
        },
    }


def test_every_message_of_a_list_is_looked_at():
    secret = tls_v3.Secret(session_ticket_keys=tls_v3.TlsSessionTicketKeys(keys=[SOURCES[0], SOURCES[1]]))
    redact(secret)
    assert to_dict(secret)["session_ticket_keys"] == {"keys": [{"inline_string": REDACTED}] * 2}


def test_a_map_is_looked_at():
    secret = tls_v3.Secret(generic_secret=tls_v3.GenericSecret(secrets={"a": SOURCES[0]}))
    redact(secret)
    assert to_dict(secret)["generic_secret"] == {"secrets": {"a": {"inline_string": REDACTED}}}


def test_secrets_inside_other_messages_are_found():
    context = tls_v3.DownstreamTlsContext()
    context.common_tls_context.tls_certificates.add(private_key=SOURCES[0])
    socket = core_v3.TransportSocket(name="tls", typed_config=pack(context))
    listener = listener_v3.Listener(name="a", filter_chains=[listener_v3.FilterChain(transport_socket=socket)])
    redact(listener)
    assert KEY not in listener.SerializeToString()
    assert REDACTED in str(to_dict(listener))
