# envoy.extensions.compression.zstd.decompressor.v3 of Envoy 1.39.3, written by tools/protos.py.
from builtins import bool as _bool, property as _property
from collections.abc import Iterable as _Iterable
from typing import Literal as _Literal
from google.protobuf.internal.containers import RepeatedCompositeFieldContainer as _RepeatedCompositeFieldContainer
from google.protobuf.message import Message as _Message
import crossway.protos.envoy.config.core.v3 as _envoy_config_core_v3
import crossway.protos.google.protobuf as _google_protobuf

class Zstd(_Message):
    @_property
    def dictionaries(self) -> _RepeatedCompositeFieldContainer[_envoy_config_core_v3.DataSource]: ...
    @_property
    def chunk_size(self) -> _google_protobuf.UInt32Value: ...
    def __init__(_self, *, dictionaries: _Iterable[_envoy_config_core_v3.DataSource] = ..., chunk_size: _google_protobuf.UInt32Value | None = ...) -> None: ...
    def HasField(self, field_name: _Literal["chunk_size"]) -> _bool: ...
    def ClearField(self, field_name: _Literal["dictionaries", "chunk_size"]) -> None: ...
