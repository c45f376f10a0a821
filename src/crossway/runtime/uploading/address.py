"""The address of an upload: that of the request that began it, with the id as one more parameter of the query.

So a route that can be reached to begin an upload can be reached to go on with it, however it matches paths.
"""

from __future__ import annotations

from typing import Final

from crossway.runtime.uploading.storage import IDENTITY
from crossway.sdk.http import Request

PARAMETER: Final = "upload"


def identity_in(query: str) -> str | None:
    """Return the id of the upload that a request with *query* is for; `None` if it is for none."""
    for pair in query.split("&"):
        name, _, value = pair.partition("=")
        if name == PARAMETER and IDENTITY.fullmatch(value):
            return value
    return None


def located(request: Request, identity: str) -> str:
    """Return the address of the upload that *request* began."""
    return f"{request.target}{'&' if request.query else '?'}{PARAMETER}={identity}"
