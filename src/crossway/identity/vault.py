"""The vault: secrets that a store keeps sealed, and this control plane can open.

They are sealed with AES-256-GCM (NIST SP 800-38D) under a key that never goes into the store, each bound to its name:
whoever has the database alone can neither read one nor put one in the place of another.

The texts of resources with secrets in them, such as the keys of consumers, are sealed too: with AES-SIV (RFC 5297),
which seals equal texts equally, so that the store still sees what changes.
"""

from __future__ import annotations

import os
from base64 import b64decode, b64encode
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final, Self

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM, AESSIV
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from crossway.errors import RemoteError, UserError
from crossway.model import Ref

KEY_BYTES: Final = 32
NONCE_BYTES: Final = 12
SEALED: Final = "sealed:"
"""What a text begins with that is sealed; no resource has such a text."""

Find = Callable[[Ref], str | None]
"""Returns a secret by its name; `None` if there is none."""


def find_none(_ref: Ref) -> str | None:
    """Return no secret: there is no store that keeps some."""
    return None


class Vault:
    """A key, and the secrets that were opened with it."""

    def __init__(self, key: bytes) -> None:
        self._cipher = AESGCM(key)
        self._texts = AESSIV(HKDF(hashes.SHA256(), 2 * KEY_BYTES, None, b"crossway texts").derive(key))
        self._sealed: Mapping[Ref, bytes] = {}
        self._known: dict[Ref, str] = {}

    @classmethod
    def open(cls, path: Path) -> Self:
        """Return the vault of the key in the file *path*, which is made if it is not there, for its owner alone.

        Control planes that share a store share the file. `UserError` if it holds no key.
        """
        try:
            descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        except FileExistsError:
            key = path.read_bytes()
            if len(key) != KEY_BYTES:
                raise UserError(f"{path} holds no key for secrets: it has {len(key)} bytes, not {KEY_BYTES}") from None
            return cls(key)
        with os.fdopen(descriptor, "wb") as file:
            key = os.urandom(KEY_BYTES)
            file.write(key)
            file.flush()
            os.fsync(file.fileno())
        return cls(key)

    def seal(self, ref: Ref, value: str) -> bytes:
        """Return *value* as it may be kept under the name *ref*."""
        nonce = os.urandom(NONCE_BYTES)
        return nonce + self._cipher.encrypt(nonce, value.encode(), str(ref).encode())

    def seal_text(self, ref: Ref, text: str) -> str:
        """Return the text of the resource *ref* as it may be kept; equal texts of one resource are kept equally."""
        return SEALED + b64encode(self._texts.encrypt(text.encode(), [str(ref).encode()])).decode()

    def open_text(self, ref: Ref, kept: str) -> str:
        """Return the text that `seal_text` sealed, and any other as it is.

        Raises `RemoteError` if it was sealed with another key, or for another resource.
        """
        if not kept.startswith(SEALED):
            return kept
        try:
            return self._texts.decrypt(b64decode(kept.removeprefix(SEALED)), [str(ref).encode()]).decode()
        except (InvalidTag, ValueError):
            raise RemoteError(f"{ref} was sealed in the store with another key than the one here") from None

    def learn(self, sealed: Mapping[Ref, bytes]) -> bool:
        """Know the secrets in *sealed* and no others; return whether any is another one than before.

        Raises `RemoteError` if one was sealed with another key; those that were known stay known then.
        """
        if sealed == self._sealed:
            return False
        try:
            known = {ref: self._opened(ref, content) for ref, content in sealed.items()}
        except InvalidTag:
            raise RemoteError("a secret in the store was sealed with another key than the one here") from None
        changed = known != self._known
        self._sealed, self._known = sealed, known
        return changed

    def find(self, ref: Ref) -> str | None:
        """Return the secret *ref*; `None` if there is none."""
        return self._known.get(ref)

    def _opened(self, ref: Ref, content: bytes) -> str:
        nonce, sealed = content[:NONCE_BYTES], content[NONCE_BYTES:]
        return self._cipher.decrypt(nonce, sealed, str(ref).encode()).decode()
