# envoy.extensions.filters.http.grpc_http1_reverse_bridge.v3 of Envoy 1.39.3, written by tools/protos.py.
from builtins import bool as _bool, str as _str
from typing import Literal as _Literal
from google.protobuf.message import Message as _Message

class FilterConfig(_Message):
    content_type: _str
    withhold_grpc_frames: _bool
    response_size_header: _str
    def __init__(_self, *, content_type: _str = ..., withhold_grpc_frames: _bool = ..., response_size_header: _str = ...) -> None: ...
    def ClearField(self, field_name: _Literal["content_type", "withhold_grpc_frames", "response_size_header"]) -> None: ...

class FilterConfigPerRoute(_Message):
    disabled: _bool
    def __init__(_self, *, disabled: _bool = ...) -> None: ...
    def ClearField(self, field_name: _Literal["disabled"]) -> None: ...
