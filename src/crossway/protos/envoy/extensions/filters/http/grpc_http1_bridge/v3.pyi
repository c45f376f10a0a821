# envoy.extensions.filters.http.grpc_http1_bridge.v3 of Envoy 1.39.3, written by tools/protos.py.
from builtins import bool as _bool
from typing import Literal as _Literal
from google.protobuf.message import Message as _Message

class Config(_Message):
    upgrade_protobuf_to_grpc: _bool
    ignore_query_parameters: _bool
    def __init__(_self, *, upgrade_protobuf_to_grpc: _bool = ..., ignore_query_parameters: _bool = ...) -> None: ...
    def ClearField(self, field_name: _Literal["upgrade_protobuf_to_grpc", "ignore_query_parameters"]) -> None: ...
