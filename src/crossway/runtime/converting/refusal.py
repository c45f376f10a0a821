"""What cannot be converted: one error, with a code that stays."""

from __future__ import annotations


class Refusal(ValueError):  # noqa: N818
    """A message cannot be transformed. *code* says why, *detail* in a sentence that holds no value of the message."""

    def __init__(self, code: str, detail: str, *, status: int = 400, errors: tuple[dict[str, str], ...] = ()) -> None:
        super().__init__(detail)
        self.code = code
        self.detail = detail
        self.status = status
        """What a client is answered. An answer of the backend that is refused is always 502."""
        self.errors = errors


def malformed(detail: str) -> Refusal:
    """Return the refusal of a body that is not in the format it should be in."""
    return Refusal("transform.malformed", detail)


def too_large(detail: str) -> Refusal:
    """Return the refusal of a body that is larger than it may be, or would become so."""
    return Refusal("transform.too_large", detail, status=413)


def too_deep(limit: int) -> Refusal:
    """Return the refusal of a body in which more than *limit* things are nested."""
    return Refusal("transform.too_deep", f"more than {limit} lists, objects or elements are nested")


def short(text: str) -> str:
    """Return *text*, which a stranger wrote, at a length for messages."""
    return repr(text if len(text) <= 64 else f"{text[:64]}...")
