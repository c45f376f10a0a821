"""What a store keeps of texts: those with a secret in them sealed, all others as they are."""

from __future__ import annotations

from functools import lru_cache
from typing import Final

from crossway.daemon.showing import Showing
from crossway.identity.vault import Vault
from crossway.model import Ref

REMEMBERED: Final = 16_384


class Sealed:
    """Seals with the key of a control plane."""

    def __init__(self, vault: Vault, showing: Showing) -> None:
        self._vault = vault
        self._showing = showing
        self.open = lru_cache(REMEMBERED)(vault.open_text)
        """Return the text of a resource, from what is kept of it; `RemoteError` if it was sealed with another key."""

    def seal(self, ref: Ref, text: str) -> str:
        """Return what is kept of the text of a resource."""
        return self._vault.seal_text(ref, text) if self._showing.may_tell(ref, text) else text
