# envoy.extensions.filters.http.original_src.v3 of Envoy 1.39.3, written by tools/protos.py.
from builtins import int as _int
from typing import Literal as _Literal
from google.protobuf.message import Message as _Message

class OriginalSrc(_Message):
    mark: _int
    def __init__(_self, *, mark: _int = ...) -> None: ...
    def ClearField(self, field_name: _Literal["mark"]) -> None: ...
