"""What requests are counted by, and how a proxy reads it from a request.

Law: every request has a key. Where it does not carry a part of it, its client's address takes the place of that part,
so that leaving a header out is no way around a limit.
"""

from __future__ import annotations

import json
from typing import Annotated, Final

from pydantic import Field, model_validator

from crossway.compile import identity
from crossway.model import Part
from crossway.model.usage import CONSUMER

LONGEST: Final = 256
"""How many bytes of a text count: every key is kept in the memory of the proxy."""

_WORDS: Final = ("consumer", "client_ip", "path")
_ADDRESS: Final = "DOWNSTREAM_REMOTE_ADDRESS_WITHOUT_PORT"
_NETWORK: Final = "64"
"""How much of an IPv6 address tells clients apart: whoever has one address has all of such a network."""


class Key(Part):
    """What requests are counted by: `consumer`, `client_ip` or `path`; or one of `header`, `claim`, `query`.

    Where a request does not carry it, or carries it empty, the address of its client is used.
    """

    consumer: bool = False
    """Who was recognised by an authentication policy."""
    client_ip: bool = False
    """The address of the client; behind trusted proxies, the one they report. An IPv6 network of 64 bits is one
    client."""
    path: bool = False
    """The path of the request as the client sent it, without its query."""
    header: Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]+$")] | None = None
    """The value of this request header; its first 256 bytes."""
    claim: Annotated[str, Field(pattern=r"^[A-Za-z0-9_./-]+$")] | None = None
    """This claim of the verified token (`jwt`); its first 256 bytes."""
    query: Annotated[str, Field(pattern=r"^[A-Za-z0-9_.~-]+$")] | None = None
    """The value of this query parameter; its first 256 bytes."""

    short_forms = ({"enum": list(_WORDS)},)

    @model_validator(mode="before")
    @classmethod
    def _read(cls, value: object) -> object:
        if isinstance(value, str):
            if value not in _WORDS:
                raise ValueError(f"write {', '.join(_WORDS)}, {{header: NAME}}, {{claim: NAME}} or {{query: NAME}}")
            return {value: True}
        return value

    @model_validator(mode="after")
    def _one(self) -> Key:
        if len([part for part in self.__dict__.values() if part]) != 1:
            raise ValueError("write exactly one of consumer, client_ip, path, header, claim, query")
        return self

    @property
    def label(self) -> str:
        """What the key is called among the parts of a key."""
        if self.consumer:
            return CONSUMER
        return next(f"{name}.{value}" if isinstance(value, str) else name for name, value in self if value)

    @property
    def format(self) -> str:
        """The value of the key for a request, in the syntax of Envoy's formatter."""
        if self.client_ip:
            return f"%{_ADDRESS}({_NETWORK})%"
        if self.path:
            return f"%PATH(NQ:PATH):{LONGEST}%"
        if self.claim is not None:
            return _or_client_ip("DYNAMIC_METADATA", ":".join((*identity.CLAIMS, self.claim)))
        if self.query is not None:
            return _or_client_ip("QUERY_PARAM", self.query)
        return _or_client_ip("REQ", self.header or identity.CONSUMER)


def _or_client_ip(command: str, parameter: str) -> str:
    first = {"command": command, "param": parameter, "max_length": LONGEST}
    operators = {"operators": [first, {"command": _ADDRESS, "param": _NETWORK}]}
    return f"%COALESCE({json.dumps(operators, separators=(',', ':'))})%"
