"""UsernameToken: what is written, and what of it can be used."""

import base64
import hashlib
from xml.etree import ElementTree as ET

import pytest

from crossway.runtime.soap.security import WSSE, WSU, TokenError, credentials, username_token

SOAP = "http://schemas.xmlsoap.org/soap/envelope/"


def written(*, digest: bool, lifetime: float = 0) -> ET.Element:
    text = username_token("ada", "a<b", 1_800_000_000.5, digest=digest, lifetime=lifetime)
    return ET.fromstring(text.replace("<wsse:Security", f'<wsse:Security xmlns:soap="{SOAP}"', 1))


def test_a_digest_is_made_of_nonce_time_and_password() -> None:
    header = written(digest=True)
    token = header.find(f"{{{WSSE}}}UsernameToken")
    assert token is not None
    nonce = base64.b64decode(token.findtext(f"{{{WSSE}}}Nonce") or "")
    created = token.findtext(f"{{{WSU}}}Created") or ""
    assert created == "2027-01-15T08:00:00.500Z"
    told = hashlib.sha1(nonce + created.encode() + b"a<b").digest()
    assert token.findtext(f"{{{WSSE}}}Password") == base64.b64encode(told).decode()
    other = written(digest=True).findtext(f".//{{{WSSE}}}Nonce")
    assert other != token.findtext(f"{{{WSSE}}}Nonce")


def test_a_lifetime_is_a_timestamp() -> None:
    assert written(digest=False).find(f"{{{WSU}}}Timestamp") is None
    expires = written(digest=False, lifetime=300).findtext(f"{{{WSU}}}Timestamp/{{{WSU}}}Expires")
    assert expires == "2027-01-15T08:05:00.500Z"


def test_a_password_as_text_can_be_used() -> None:
    assert credentials(written(digest=False, lifetime=300)) == ("ada", "a<b")


@pytest.mark.parametrize(
    "content",
    [
        "",
        "<w:UsernameToken/>",
        "<w:UsernameToken><w:Username>a</w:Username></w:UsernameToken>",
        "<w:BinarySecurityToken/>",
        "<w:UsernameToken><w:Username>a</w:Username><w:Password>b</w:Password></w:UsernameToken><other/>",
    ],
)
def test_what_cannot_be_used_is_told(content: str) -> None:
    with pytest.raises(TokenError):
        credentials(ET.fromstring(f'<w:Security xmlns:w="{WSSE}">{content}</w:Security>'))


def test_a_digest_cannot_be_used() -> None:
    with pytest.raises(TokenError, match="digest"):
        credentials(written(digest=True))
