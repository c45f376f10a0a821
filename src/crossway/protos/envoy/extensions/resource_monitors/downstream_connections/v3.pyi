# envoy.extensions.resource_monitors.downstream_connections.v3 of Envoy 1.39.3, written by tools/protos.py.
from builtins import int as _int
from typing import Literal as _Literal
from google.protobuf.message import Message as _Message

class DownstreamConnectionsConfig(_Message):
    max_active_downstream_connections: _int
    def __init__(_self, *, max_active_downstream_connections: _int = ...) -> None: ...
    def ClearField(self, field_name: _Literal["max_active_downstream_connections"]) -> None: ...
