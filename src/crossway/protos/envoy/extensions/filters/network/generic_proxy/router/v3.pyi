# envoy.extensions.filters.network.generic_proxy.router.v3 of Envoy 1.39.3, written by tools/protos.py.
from builtins import bool as _bool
from typing import Literal as _Literal
from google.protobuf.message import Message as _Message

class Router(_Message):
    bind_upstream_connection: _bool
    def __init__(_self, *, bind_upstream_connection: _bool = ...) -> None: ...
    def ClearField(self, field_name: _Literal["bind_upstream_connection"]) -> None: ...
