"""UsernameToken of WS-Security 1.1: who asks, as a header of an envelope.

https://docs.oasis-open.org/wss/v1.1/wss-v1.1-spec-pr-UsernameTokenProfile-01.htm
"""

from __future__ import annotations

import base64
import hashlib
import os
from datetime import UTC, datetime, timedelta
from typing import Final
from xml.etree import ElementTree as ET

from crossway.runtime.soap.values import escaped

_OASIS: Final = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-"
WSSE: Final = f"{_OASIS}wssecurity-secext-1.0.xsd"
WSU: Final = f"{_OASIS}wssecurity-utility-1.0.xsd"
SECURITY: Final = f"{{{WSSE}}}Security"
TIMESTAMP: Final = f"{{{WSU}}}Timestamp"
_TYPES: Final = f"{_OASIS}username-token-profile-1.0#"
_BASE64: Final = f"{_OASIS}soap-message-security-1.0#Base64Binary"


def username_token(username: str, password: str, now: float, *, digest: bool, lifetime: float) -> str:
    """Return the header with *username* and *password*, or a digest of it, made *now* (seconds since 1970).

    A *lifetime* in seconds adds a timestamp that says how long it holds.
    """
    created = _time(now)
    nonce = os.urandom(16)
    if digest:
        told = hashlib.sha1(nonce + created.encode() + password.encode(), usedforsecurity=False).digest()
        password = base64.b64encode(told).decode()
    kind = "PasswordDigest" if digest else "PasswordText"
    once = base64.b64encode(nonce).decode()
    stamp = ""
    if lifetime:
        expires = _time(now + lifetime)
        stamp = (
            f"<wsu:Timestamp><wsu:Created>{created}</wsu:Created><wsu:Expires>{expires}</wsu:Expires></wsu:Timestamp>"
        )
    return (
        f'<wsse:Security xmlns:wsse="{WSSE}" xmlns:wsu="{WSU}" soap:mustUnderstand="1">{stamp}<wsse:UsernameToken>'
        f"<wsse:Username>{escaped(username)}</wsse:Username>"
        f'<wsse:Password Type="{_TYPES}{kind}">{escaped(password)}</wsse:Password>'
        f'<wsse:Nonce EncodingType="{_BASE64}">{once}</wsse:Nonce><wsu:Created>{created}</wsu:Created>'
        "</wsse:UsernameToken></wsse:Security>"
    )


def _time(seconds: float) -> str:
    moment = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=round(seconds * 1000))
    return moment.strftime("%Y-%m-%dT%H:%M:%S.") + f"{moment.microsecond // 1000:03d}Z"


class TokenError(Exception):
    """A security header has nothing in it that can be used here."""


def credentials(security: ET.Element) -> tuple[str, str]:
    """Return username and password of a security header; raise `TokenError`."""
    others = [each for each in security if each.tag not in (TIMESTAMP, f"{{{WSSE}}}UsernameToken")]
    token = security.find(f"{{{WSSE}}}UsernameToken")
    if token is None or others:
        raise TokenError("only a UsernameToken is taken here, without signatures and encryption")
    username = token.findtext(f"{{{WSSE}}}Username") or ""
    password = token.find(f"{{{WSSE}}}Password")
    if not username or password is None:
        raise TokenError("the UsernameToken has no username or no password")
    if password.get("Type", "").endswith("#PasswordDigest"):
        raise TokenError("a digest of a password cannot be handed on: send it as PasswordText, over TLS")
    return username, password.text or ""
