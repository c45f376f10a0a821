# envoy.extensions.filters.http.cdn_loop.v3 of Envoy 1.39.3, written by tools/protos.py.
from builtins import int as _int, str as _str
from typing import Literal as _Literal
from google.protobuf.message import Message as _Message

class CdnLoopConfig(_Message):
    cdn_id: _str
    max_allowed_occurrences: _int
    def __init__(_self, *, cdn_id: _str = ..., max_allowed_occurrences: _int = ...) -> None: ...
    def ClearField(self, field_name: _Literal["cdn_id", "max_allowed_occurrences"]) -> None: ...
