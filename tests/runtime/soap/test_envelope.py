"""Envelopes of both versions."""

import pytest

from crossway.runtime.soap import envelope
from crossway.runtime.soap.envelope import NAMESPACES, Version, VersionError
from crossway.runtime.soap.reading import UnreadableError

VERSIONS: tuple[Version, ...] = ("1.1", "1.2")
each_version = pytest.mark.parametrize("version", VERSIONS)


@each_version
def test_what_is_written_is_read(version: Version) -> None:
    found = envelope.read(envelope.write(version, "<a>1</a>", ["<h/>", '<i soap:mustUnderstand="1"/>']))
    assert (found.version, found.fault, [each.tag for each in found.body]) == (version, None, ["a"])
    assert [(each.element.tag, each.must_understand) for each in found.headers] == [("h", False), ("i", True)]


@each_version
def test_a_fault_is_read_as_it_was_written(version: Version) -> None:
    content = envelope.fault(version, "Client", "no <b>", detail="<d>1</d>")
    fault = envelope.read(content).fault
    assert fault is not None
    assert (fault.of_client, fault.reason, [each.tag for each in fault.detail]) == (True, "no <b>", ["d"])
    assert fault.code == ("Client" if version == "1.1" else "Sender")
    server = envelope.read(envelope.fault(version, "Server", "no")).fault
    assert server is not None
    assert not server.of_client


def test_codes_of_soap_11_may_have_more_behind_a_dot() -> None:
    content = b"<s:Fault><faultcode>s:Client.Authentication.Late</faultcode><faultstring> no </faultstring></s:Fault>"
    wrapped = f'<s:Envelope xmlns:s="{NAMESPACES["1.1"]}"><s:Body>'.encode() + content + b"</s:Body></s:Envelope>"
    fault = envelope.read(wrapped).fault
    assert fault is not None
    assert (fault.code, fault.subcodes, fault.reason) == ("Client", ("Authentication", "Late"), "no")


@pytest.mark.parametrize("content", [b"<a/>", b"<Envelop/>", f'<Envelope xmlns="{NAMESPACES["1.1"]}"/>'.encode()])
def test_what_is_no_envelope_is_told(content: bytes) -> None:
    with pytest.raises(UnreadableError):
        envelope.read(content)


def test_another_version_is_told() -> None:
    with pytest.raises(VersionError, match="urn:x"):
        envelope.read(b'<Envelope xmlns="urn:x"/>')


def test_the_action_stands_in_the_content_type_of_soap_12() -> None:
    assert envelope.content_type("1.1", "urn:a") == "text/xml; charset=utf-8"
    assert envelope.content_type("1.2", "urn:a") == 'application/soap+xml; charset=utf-8; action="urn:a"'
