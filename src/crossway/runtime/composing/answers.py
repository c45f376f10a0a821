"""What a call came to: an answer that can be used, or a failure with a name."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import msgspec

from crossway.runtime.composing.plan import PlannedStep
from crossway.runtime.problem import problem
from crossway.sdk.http import Headers, Response

_RELAYED: Final = frozenset({"content-type", "retry-after"})


@dataclass(slots=True, eq=False)
class StepError(Exception):
    """A step has failed: the code says how, the status is that of the answer to the client."""

    code: str
    detail: str
    step: str = ""
    status: int = 502
    answer: Response | None = None
    """What the service said, if it was a whole answer."""

    @property
    def backend_status(self) -> int | None:
        """The status of what the service said, if it was a whole answer."""
        return self.answer.status if self.answer else None

    def error(self) -> dict[str, object]:
        """Return the failure as expressions see it."""
        return {"step": self.step, "code": self.code, "detail": self.detail, "status": self.backend_status}

    def response(self, *, relay: bool) -> Response:
        """Return what the client gets: what the service said, with *relay*, or what is wrong."""
        if relay and self.answer is not None:
            fields = [item for item in self.answer.headers.items() if item[0] in _RELAYED]
            return Response(self.answer.status, Headers.of(fields), self.answer.body)
        more: dict[str, object] = {"step": self.step} if self.step else {}
        if self.answer is not None:
            more["backend_status"] = self.answer.status
        return problem(self.status, self.code, self.detail, **more)


def result(
    body: object, status: int | None = None, headers: Headers | None = None, error: object = None
) -> dict[str, object]:
    """Return what expressions see of a step."""
    fields = dict(headers.items()) if headers is not None else {}
    return {"status": status, "headers": fields, "body": body, "error": error}


def accepted(step: PlannedStep, response: Response) -> dict[str, object]:
    """Return what expressions see of an answer that was read; raise `StepError` if it is none that *step* takes."""
    if not step.call.accepts(response.status):
        detail = f"The service answered with status {response.status}."
        raise StepError("compose.step_failed", detail, step.name, answer=response)
    try:
        body = content(step.call.encoding, response)
    except ValueError as error:
        raise StepError("compose.malformed", f"The answer of the service {error}.", step.name) from None
    return result(body, response.status, response.headers if step.shows_headers else None)


def content(encoding: str, response: Response) -> object:
    """Return the body of *response*, read; `ValueError` with the rest of a sentence if it cannot be."""
    if not response.body:
        return None
    for name, value in response.headers.items():
        if name == "content-type" and encoding == "auto" and "json" in value:
            encoding = "json"
        elif name == "content-encoding" and value != "identity":
            raise ValueError("is in a coding that nobody asked for")
    return read_json(response.body) if encoding == "json" else response.text


def read_json(content: bytes) -> object:
    """Return what *content* says; `ValueError` with the rest of a sentence if it is not JSON that can be read."""
    try:
        value: object = _decode(content)
    except RecursionError:
        raise ValueError("is nested too deep") from None
    except (msgspec.MsgspecError, UnicodeDecodeError):
        raise ValueError("is not valid JSON") from None
    return value


_decode: Final = msgspec.json.Decoder().decode
