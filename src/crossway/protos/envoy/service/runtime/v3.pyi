# envoy.service.runtime.v3 of Envoy 1.39.3, written by tools/protos.py.
from builtins import bool as _bool, property as _property, str as _str
from collections.abc import Mapping as _Mapping
from typing import Literal as _Literal
from google.protobuf.message import Message as _Message
import crossway.protos.google.protobuf as _google_protobuf

class RtdsDummy(_Message):
    def __init__(_self) -> None: ...

class Runtime(_Message):
    name: _str
    @_property
    def layer(self) -> _google_protobuf.Struct: ...
    def __init__(_self, *, name: _str = ..., layer: _google_protobuf.Struct | _Mapping[_str, object] | None = ...) -> None: ...
    def HasField(self, field_name: _Literal["layer"]) -> _bool: ...
    def ClearField(self, field_name: _Literal["name", "layer"]) -> None: ...
