# envoy.extensions.transport_sockets.tls.cert_mappers.static_name.v3 of Envoy 1.39.3, written by tools/protos.py.
from builtins import str as _str
from typing import Literal as _Literal
from google.protobuf.message import Message as _Message

class StaticName(_Message):
    name: _str
    def __init__(_self, *, name: _str = ...) -> None: ...
    def ClearField(self, field_name: _Literal["name"]) -> None: ...
