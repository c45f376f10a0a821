"""What is wrong with a request, said in OData's own format (OData JSON Format 4.01, section 21.1)."""

from __future__ import annotations

from typing import Final

from msgspec import json

from crossway.sdk.http import Headers, Response

JSON: Final = "application/json;odata.metadata=minimal"


class ODataError(Exception):
    """A request that is answered with an error: *code* says which, *detail* is a sentence about it."""

    def __init__(self, status: int, code: str, detail: str, target: str = "") -> None:
        super().__init__(detail)
        self.status = status
        self.code = code
        self.detail = detail
        self.target = target
        """What it is about: an option such as `$filter`, or a property."""

    def response(self, version: str = "4.01") -> Response:
        """Return the answer that says so."""
        error = {"code": self.code, "message": self.detail} | ({"target": self.target} if self.target else {})
        body = json.encode({"error": error})
        fields = [("content-type", JSON), ("odata-version", version), ("content-length", str(len(body)))]
        response = Response(self.status, Headers.of(fields))
        response.arriving(body)
        return response


def bad(code: str, detail: str, target: str = "") -> ODataError:
    """Return the error for a request that no server could answer."""
    return ODataError(400, f"odata.{code}", detail, target)


def unsupported(detail: str, target: str = "") -> ODataError:
    """Return the error for what OData has and this server has not."""
    return ODataError(501, "odata.unsupported", detail, target)
