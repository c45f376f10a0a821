"""An issuer of tokens: keys made at run time, published over HTTP, and tokens signed with them."""

import asyncio
import json
import time
import warnings
from typing import Any, Self

from joserfc import jwt
from joserfc.jwk import ECKey, KeySet, OKPKey, RSAKey


class Issuer:
    """Publishes its keys at ``/keys.json`` for as long as it is entered. ``async with`` starts and stops it."""

    def __init__(self, name: str = "https://id.test") -> None:
        self.name = name
        self.asked = 0
        """How often its keys were fetched."""
        self.rotate()

    def rotate(self) -> None:
        """Forget the keys, and make new ones."""
        self._keys = {
            "RS256": RSAKey.generate_key(2048, auto_kid=True),
            "ES256": ECKey.generate_key("P-256", auto_kid=True),
            "EdDSA": OKPKey.generate_key("Ed25519", auto_kid=True),
        }

    @property
    def jwks(self) -> dict[str, Any]:
        """The public keys."""
        return dict(KeySet([*self._keys.values()]).as_dict(private=False))

    def token(self, algorithm: str = "RS256", lifetime: float = 300, **claims: object) -> str:
        """Return a token with *claims*, good for *lifetime* seconds from now; `None` leaves a claim out."""
        now = int(time.time())
        said = {"iss": self.name, "iat": now, "exp": now + int(lifetime), **claims}
        key = self._keys[algorithm]
        body = {name: value for name, value in said.items() if value is not None}
        with warnings.catch_warnings(action="ignore"):  # of EdDSA, by RFC 9864: Envoy knows no other name of it
            return jwt.encode({"alg": algorithm, "kid": key.kid}, body, key, algorithms=[algorithm])

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._connected, "127.0.0.1", 0)
        self.port: int = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, *_: object) -> None:
        self._server.close()

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        self.asked += 1
        body = json.dumps(self.jwks).encode()
        head = f"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: {len(body)}\r\n"
        writer.write(f"{head}connection: close\r\n\r\n".encode() + body)
        writer.close()
