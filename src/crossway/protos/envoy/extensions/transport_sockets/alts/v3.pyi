# envoy.extensions.transport_sockets.alts.v3 of Envoy 1.39.3, written by tools/protos.py.
from builtins import property as _property, str as _str
from collections.abc import Iterable as _Iterable
from typing import Literal as _Literal
from google.protobuf.internal.containers import RepeatedScalarFieldContainer as _RepeatedScalarFieldContainer
from google.protobuf.message import Message as _Message

class Alts(_Message):
    handshaker_service: _str
    @_property
    def peer_service_accounts(self) -> _RepeatedScalarFieldContainer[_str]: ...
    def __init__(_self, *, handshaker_service: _str = ..., peer_service_accounts: _Iterable[_str] = ...) -> None: ...
    def ClearField(self, field_name: _Literal["handshaker_service", "peer_service_accounts"]) -> None: ...
