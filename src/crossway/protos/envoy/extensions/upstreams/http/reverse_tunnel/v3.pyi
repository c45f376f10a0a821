# envoy.extensions.upstreams.http.reverse_tunnel.v3 of Envoy 1.39.3, written by tools/protos.py.
from builtins import bool as _bool
from typing import Literal as _Literal
from google.protobuf.message import Message as _Message

class ReverseTunnelUpstreamCodecOptions(_Message):
    enable_drain_with_goaway: _bool
    def __init__(_self, *, enable_drain_with_goaway: _bool = ...) -> None: ...
    def ClearField(self, field_name: _Literal["enable_drain_with_goaway"]) -> None: ...
