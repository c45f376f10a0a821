"""Certificates and certificate authorities, from files or inline."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from pydantic import model_validator

from crossway.model.part import Part
from crossway.model.values import Secret

STORED_SECRET: Final = "secret:"
"""What a text begins with that names a secret of the store."""


def is_path(text: str) -> bool:
    """Return whether *text*, of a field of a certificate, is the path of a file."""
    return not (text.startswith(STORED_SECRET) or "-----BEGIN" in text or "\0" in text)


class Certificate(Part):
    """A certificate with its key, a bundle of authorities, or both.

    Each field is the path of a PEM file, relative to the file that says it, the PEM text itself, or `secret:NAME` for a
    secret of the store in the same namespace. A file or a secret that changes is read again at once, and its new
    content reaches the proxies without any other change.
    """

    certificate: str | None = None
    """The certificate, followed by the intermediates of its chain."""
    key: Secret | None = None
    """The private key of the certificate, not encrypted."""
    ca: str | None = None
    """The authorities that peers are checked against."""
    crl: str | None = None
    """The certificates that these authorities have revoked (RFC 5280): a peer that shows one of them is refused. One
    list for each authority, and none of them older than it says it may be: without a current list nobody is let in."""

    def placed(self, place: Callable[[str], str]) -> Certificate:
        """Return the same, with what *place* makes of each relative path."""

        def put(text: str) -> str:
            return place(text) if is_path(text) and not text.startswith("/") else text

        said = {"certificate": self.certificate, "key": self.key and self.key.reveal(), "ca": self.ca, "crl": self.crl}
        moved = {name: put(text) for name, text in said.items() if text and put(text) != text}
        if "key" in moved:
            return self.model_copy(update=moved | {"key": Secret(moved["key"])})
        return self.model_copy(update=moved) if moved else self

    @model_validator(mode="after")
    def _complete(self) -> Certificate:
        if (self.certificate is None) != (self.key is None):
            raise ValueError("certificate and key come together")
        if self.certificate is None and self.ca is None:
            raise ValueError("a certificate needs certificate and key, or ca")
        if self.crl is not None and self.ca is None:
            raise ValueError("crl belongs to ca")
        return self
