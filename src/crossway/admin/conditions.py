"""Conditional requests (RFC 9110, section 13): read only what is new, and change only what one has seen."""

from __future__ import annotations

from typing import Final

from crossway.admin.api import Ask
from crossway.admin.desk import Desk
from crossway.admin.etags import Tags, parse
from crossway.admin.problems import invalid
from crossway.errors import Conflict, NotFound
from crossway.model import Ref

ANY: Final = "*"
NONE: Final = ""


def is_known(request: Ask, tag: str) -> bool:
    """Return whether the client has the version *tag* already."""
    known = _tags(request, "if-none-match")
    return known is not None and known.match_weakly(tag)


async def required_version(desk: Desk, request: Ask, ref: Ref) -> str | None:
    """Return the version that *ref* must have for a change to hold, see `Change.if_match`; `Conflict` if it has not.

    One tag is left to the store, which compares and changes at once. Of several, the one that holds now is.
    """
    wanted, unwanted = _tags(request, "if-match"), _tags(request, "if-none-match")
    if wanted is None and unwanted is None:
        return None
    if wanted is None and unwanted is not None and unwanted.any:
        return NONE
    if unwanted is None and wanted is not None and not wanted.weak:
        if wanted.any:
            return ANY
        if len(wanted.strong) == 1:
            return next(iter(wanted.strong))
    tag = await _version(desk, request, ref)
    if wanted is not None and not wanted.match(tag):
        raise Conflict(_now(ref, tag))
    if unwanted is not None and unwanted.match_weakly(tag):
        raise Conflict(_now(ref, tag))
    return tag if tag is not None else NONE


async def _version(desk: Desk, request: Ask, ref: Ref) -> str | None:
    try:
        return (await desk.row(request.user, ref)).etag
    except NotFound:
        return None


def _now(ref: Ref, tag: str | None) -> str:
    return f'{ref} is now "{tag}"' if tag is not None else f"{ref} is not there"


def _tags(request: Ask, header: str) -> Tags | None:
    try:
        return parse(request.headers.getall(header, []))
    except ValueError as error:
        raise invalid(header, str(error)) from None
