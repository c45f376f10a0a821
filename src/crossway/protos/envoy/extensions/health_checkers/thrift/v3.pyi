# envoy.extensions.health_checkers.thrift.v3 of Envoy 1.39.3, written by tools/protos.py.
from builtins import int as _int, str as _str
from typing import Literal as _Literal
from google.protobuf.message import Message as _Message

class Thrift(_Message):
    method_name: _str
    transport: _int
    protocol: _int
    def __init__(_self, *, method_name: _str = ..., transport: _int = ..., protocol: _int = ...) -> None: ...
    def ClearField(self, field_name: _Literal["method_name", "transport", "protocol"]) -> None: ...
