"""What the headers of a request want: versions, formats and preferences (OData, part 1, section 8)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from crossway.runtime.odata.answer import Form
from crossway.runtime.odata.error import ODataError, bad
from crossway.sdk.http import Headers

XML: Final = "application/xml"
_VERSIONS: Final = ("4.0", "4.01")
_JSON: Final = frozenset({"*/*", "application/*", "application/json", "json"})
_NUMBER: Final = re.compile(r"[0-9]{1,3}\.[0-9]{1,3}")
_PREFERENCE: Final = re.compile(r'\s*(?:odata\.)?([a-z-]+)\s*(?:=\s*"?([^",;]*)"?)?', re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Preferences:
    """What a client would like (RFC 7240)."""

    page_size: int | None = None
    returning: str = ""
    """`minimal` or `representation`."""
    goes_on: bool = False
    """Whether a batch goes on after an error."""


def version(headers: Headers) -> str:
    """Return the version of OData in which to answer; `ODataError` for a client that speaks another one."""
    if "dataserviceversion" in headers or "maxdataserviceversion" in headers:
        raise bad("version", "This is OData 4, and the request has headers of OData 3 or earlier.")
    spoken, most = headers.get("odata-version"), headers.get("odata-maxversion")
    if spoken is not None and spoken.strip() not in _VERSIONS:
        raise bad("version", "This is OData 4.0 and 4.01; OData-Version says something else.")
    if most is not None:
        if not _NUMBER.fullmatch(most.strip()) or float(most) < 4:
            raise bad("version", "This is OData 4.0 and 4.01; OData-MaxVersion asks for something else.")
        return "4.01" if float(most) >= 4.01 else "4.0"
    return spoken.strip() if spoken is not None else "4.01"


def form(headers: Headers, format: str, *, is_text: bool = False) -> Form:  # noqa: A002  # as OData says
    """Return the form of an answer, for `$format` and else `Accept`; `ODataError` if that is not JSON.

    An answer that *is_text* may be asked for as that, too.
    """
    accept = format or headers.get("accept") or "*/*"
    for item in accept.split(","):
        kind, *parameters = [piece.strip().lower() for piece in item.split(";")]
        if kind in _JSON or (is_text and kind in {"text/plain", "text/*"}):
            said = dict(piece.partition("=")[::2] for piece in parameters)
            level = said.get("odata.metadata", said.get("metadata", "minimal"))
            texts = said.get("ieee754compatible") == "true"
            return Form(version(headers), "none" if level == "none" else "minimal", texts)
    raise ODataError(406, "odata.not_acceptable", "Answers are JSON here.", "$format" if format else "Accept")


def is_xml(headers: Headers, format: str) -> bool:  # noqa: A002
    """Return whether `$metadata` is wanted in XML, as it is unless JSON is named first."""
    accept = (format or headers.get("accept") or "").lower()
    places = {name: accept.find(name) for name in ("json", "xml")}
    return places["json"] < 0 or 0 <= places["xml"] < places["json"]


def preferences(headers: Headers) -> Preferences:
    """Return what the client would like; what is none of ours is left aside."""
    if "prefer" not in headers:
        return Preferences()
    said: dict[str, str] = {}
    for text in headers.get_all("prefer"):
        for item in text.split(","):
            if match := _PREFERENCE.match(item):
                said.setdefault(match[1].lower(), (match[2] or "").strip())
    size = said.get("maxpagesize", "")
    return Preferences(
        int(size) if size.isdecimal() and size.isascii() and 0 < len(size) < 10 and int(size) > 0 else None,
        said.get("return", ""),
        said.get("continue-on-error", "false") in {"", "true"},
    )
