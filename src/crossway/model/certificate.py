"""Certificates and certificate authorities, from files or inline."""

from __future__ import annotations

from typing import Final

from pydantic import model_validator

from crossway.model.part import Part
from crossway.model.values import Secret

STORED_SECRET: Final = "secret:"
"""What a text begins with that names a secret of the store."""


class Certificate(Part):
    """A certificate with its key, a bundle of authorities, or both.

    Each field is the path of a PEM file, the PEM text itself, or `secret:NAME` for a secret of the store in the same
    namespace. A file or a secret that changes is read again at once, and its new content reaches the proxies without
    any other change.
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

    @model_validator(mode="after")
    def _complete(self) -> Certificate:
        if (self.certificate is None) != (self.key is None):
            raise ValueError("certificate and key come together")
        if self.certificate is None and self.ca is None:
            raise ValueError("a certificate needs certificate and key, or ca")
        if self.crl is not None and self.ca is None:
            raise ValueError("crl belongs to ca")
        return self
