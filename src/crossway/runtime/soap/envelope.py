"""Envelopes of SOAP 1.1 and 1.2: what is in one, and how one is written.

SOAP 1.1: https://www.w3.org/TR/2000/NOTE-SOAP-20000508/. SOAP 1.2: https://www.w3.org/TR/soap12-part1/.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final, Literal, TypeAlias
from xml.etree import ElementTree as ET

from crossway.runtime.soap.reading import UnreadableError, parse
from crossway.runtime.soap.values import escaped

Version: TypeAlias = Literal["1.1", "1.2"]
NAMESPACES: Final[Mapping[Version, str]] = {
    "1.1": "http://schemas.xmlsoap.org/soap/envelope/",
    "1.2": "http://www.w3.org/2003/05/soap-envelope",
}
VERSIONS: Final[Mapping[str, Version]] = {namespace: version for version, namespace in NAMESPACES.items()}
MEDIA_TYPES: Final[Mapping[Version, str]] = {"1.1": "text/xml", "1.2": "application/soap+xml"}
_DECLARATION: Final = '<?xml version="1.0" encoding="UTF-8"?>\n'
_OURS: Final = frozenset(
    {
        "",
        "http://schemas.xmlsoap.org/soap/actor/next",
        "http://www.w3.org/2003/05/soap-envelope/role/next",
        "http://www.w3.org/2003/05/soap-envelope/role/ultimateReceiver",
    }
)
"""Who a header is for, if that is us (SOAP 1.1, 4.2.2; SOAP 1.2, 2.2)."""
_CODES_12: Final = {"Client": "Sender", "Server": "Receiver"}


class VersionError(Exception):
    """An envelope is of no version that is spoken here."""


@dataclass(frozen=True, slots=True)
class Header:
    """A header block that is for us."""

    element: ET.Element
    must_understand: bool


@dataclass(frozen=True, slots=True)
class Fault:
    """A fault, in the words of either version."""

    code: str
    """The code without its namespace: `Client` and `Server`, or `Sender` and `Receiver`."""
    reason: str
    subcodes: tuple[str, ...] = ()
    """What stands behind a dot in SOAP 1.1, and in subcodes in 1.2."""
    actor: str = ""
    """Who has failed, if that is said: the actor, the role or the node."""
    detail: tuple[ET.Element, ...] = ()

    @property
    def of_client(self) -> bool:
        """Whether the one who asked is to blame."""
        return self.code in ("Client", "Sender")


@dataclass(frozen=True, slots=True)
class Envelope:
    """A message."""

    version: Version
    headers: tuple[Header, ...] = ()
    body: tuple[ET.Element, ...] = ()
    fault: Fault | None = None


def read(content: bytes) -> Envelope:
    """Return the envelope that *content* is; raise `UnreadableError` or `VersionError`."""
    root = parse(content)
    namespace, _, local = root.tag.rpartition("}")
    if local != "Envelope":
        raise UnreadableError("malformed", f"its root is {root.tag[:200]}, and no SOAP envelope")
    version = VERSIONS.get(namespace[1:])
    if version is None:
        raise VersionError(f"{namespace[1:][:200] or 'nothing'} is the namespace of no version of SOAP")
    soap = f"{{{NAMESPACES[version]}}}"
    body = root.find(f"{soap}Body")
    if body is None:
        raise UnreadableError("malformed", "its envelope has no body")
    head = root.find(f"{soap}Header")
    headers = tuple(_headers(head, version, soap)) if head is not None else ()
    elements = tuple(body)
    fault = None
    if elements and elements[0].tag == f"{soap}Fault":
        fault = _fault_11(elements[0]) if version == "1.1" else _fault_12(elements[0], soap)
    return Envelope(version, headers, elements, fault)


def _headers(head: ET.Element, version: Version, soap: str) -> Iterable[Header]:
    who = f"{soap}actor" if version == "1.1" else f"{soap}role"
    for block in head:
        if block.get(who, "") in _OURS:
            yield Header(block, block.get(f"{soap}mustUnderstand", "") in ("1", "true"))


def _fault_11(element: ET.Element) -> Fault:
    code, *subcodes = _text(element, "faultcode").rpartition(":")[2].split(".")
    detail = element.find("detail")
    return Fault(
        code, _text(element, "faultstring"), tuple(subcodes), _text(element, "faultactor"), tuple(_or_none(detail))
    )


def _fault_12(element: ET.Element, soap: str) -> Fault:
    codes = [(each.text or "").strip().rpartition(":")[2] for each in element.iterfind(f"{soap}Code//{soap}Value")]
    actor = _text(element, f"{soap}Role") or _text(element, f"{soap}Node")
    reason = _text(element, f"{soap}Reason/{soap}Text")
    return Fault(next(iter(codes), ""), reason, tuple(codes[1:]), actor, tuple(_or_none(element.find(f"{soap}Detail"))))


def _or_none(element: ET.Element | None) -> Iterable[ET.Element]:
    return () if element is None else element


def _text(element: ET.Element, path: str) -> str:
    return (element.findtext(path) or "").strip()


def write(version: Version, body: str, headers: Iterable[str] = (), declarations: str = "") -> bytes:
    """Return an envelope around *body*, and *headers* if there are any."""
    head = "".join(headers)
    head = f"<soap:Header>{head}</soap:Header>" if head else ""
    return (
        f'{_DECLARATION}<soap:Envelope xmlns:soap="{NAMESPACES[version]}"{declarations}>{head}'
        f"<soap:Body>{body}</soap:Body></soap:Envelope>"
    ).encode()


def fault(
    version: Version,
    code: str,
    reason: str,
    *,
    subcode: str = "",
    detail: str = "",
    headers: Iterable[str] = (),
    declarations: str = "",
) -> bytes:
    """Return an envelope with a fault. *code* is one of SOAP 1.1; a *subcode* is a name with its own prefix."""
    if version == "1.1":
        detail = f"<detail>{detail}</detail>" if detail else ""
        name = subcode or f"soap:{code}"
        text = f"<faultcode>{name}</faultcode><faultstring>{escaped(reason)}</faultstring>{detail}"
    else:
        inner = f"<soap:Subcode><soap:Value>{subcode}</soap:Value></soap:Subcode>" if subcode else ""
        detail = f"<soap:Detail>{detail}</soap:Detail>" if detail else ""
        text = (
            f"<soap:Code><soap:Value>soap:{_CODES_12.get(code, code)}</soap:Value>{inner}</soap:Code>"
            f'<soap:Reason><soap:Text xml:lang="en">{escaped(reason)}</soap:Text></soap:Reason>{detail}'
        )
    return write(version, f"<soap:Fault>{text}</soap:Fault>", headers, declarations)


def problem(code: str, status: int, detail: str) -> str:
    """Return the detail of a fault that says what is wrong by its *code* (RFC 9457, appendix B)."""
    return (
        f'<problem xmlns="urn:ietf:rfc:7807"><type>urn:crossway:problem:{code}</type><status>{status}</status>'
        f"<detail>{escaped(detail)}</detail><code>{code}</code></problem>"
    )


def content_type(version: Version, action: str = "") -> str:
    """Return the content type of a message; in SOAP 1.2, it says the *action*."""
    said = f'; action="{action}"' if action and version == "1.2" else ""
    return f"{MEDIA_TYPES[version]}; charset=utf-8{said}"
