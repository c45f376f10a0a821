"""Certificates and certificate authorities, from files or inline."""

from __future__ import annotations

from pydantic import model_validator

from crossway.model.part import Part
from crossway.model.values import Secret


class Certificate(Part):
    """A certificate with its key, a bundle of authorities, or both.

    Each field is the path of a PEM file, or the PEM text itself. A file that changes is read again at once, and its
    new content reaches the proxies without any other change.
    """

    certificate: str | None = None
    """The certificate, followed by the intermediates of its chain."""
    key: Secret | None = None
    """The private key of the certificate, not encrypted."""
    ca: str | None = None
    """The authorities that peers are checked against."""

    @model_validator(mode="after")
    def _complete(self) -> Certificate:
        if (self.certificate is None) != (self.key is None):
            raise ValueError("certificate and key come together")
        if self.certificate is None and self.ca is None:
            raise ValueError("a certificate needs certificate and key, or ca")
        return self
