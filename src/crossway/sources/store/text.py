"""What a database can keep: text without NUL and without halves of surrogate pairs."""

from __future__ import annotations

from crossway.errors import UserError


def check(what: str, *texts: str) -> None:
    """Raise `UserError` if one of the *texts* cannot be kept; *what* it is, for the sentence."""
    if any(clean(text) != text for text in texts):
        raise UserError(f"{what} contains a character that cannot be kept: NUL, or half of a surrogate pair")


def clean(text: str) -> str:
    """Return *text* with what cannot be kept replaced."""
    return text.replace("\0", "\ufffd").encode(errors="replace").decode()
