"""The authorities that a machine trusts: one PEM file, which each family of systems keeps at a place of its own."""

from __future__ import annotations

import ssl
from collections.abc import Iterable
from pathlib import Path
from typing import Final

PLACES: Final = (
    Path("/etc/ssl/certs/ca-certificates.crt"),  # Debian, Ubuntu, Arch, Gentoo
    Path("/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem"),  # Fedora, RHEL
    Path("/etc/pki/tls/certs/ca-bundle.crt"),  # older RHEL
    Path("/etc/ssl/ca-bundle.pem"),  # openSUSE
    Path("/etc/ssl/cert.pem"),  # Alpine
)


def machine_authorities(places: Iterable[Path] = PLACES) -> Path | None:
    """Return the file that ``SSL_CERT_FILE`` or OpenSSL names, else the first of *places* that is there."""
    named = ssl.get_default_verify_paths().cafile
    return Path(named) if named else next((place for place in places if place.is_file()), None)
