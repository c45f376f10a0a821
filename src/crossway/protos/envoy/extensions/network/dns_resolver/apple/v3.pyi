# envoy.extensions.network.dns_resolver.apple.v3 of Envoy 1.39.3, written by tools/protos.py.
from builtins import bool as _bool
from typing import Literal as _Literal
from google.protobuf.message import Message as _Message

class AppleDnsResolverConfig(_Message):
    include_unroutable_families: _bool
    def __init__(_self, *, include_unroutable_families: _bool = ...) -> None: ...
    def ClearField(self, field_name: _Literal["include_unroutable_families"]) -> None: ...
