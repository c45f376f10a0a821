# envoy.extensions.compression.zstd.compressor.v3 of Envoy 1.39.3, written by tools/protos.py.
from builtins import bool as _bool, int as _int, property as _property
from typing import Final as _Final, Literal as _Literal
from google.protobuf.internal.enum_type_wrapper import EnumTypeWrapper as _EnumTypeWrapper
from google.protobuf.message import Message as _Message
import crossway.protos.envoy.config.core.v3 as _envoy_config_core_v3
import crossway.protos.google.protobuf as _google_protobuf

class Zstd(_Message):
    class _Strategy(_EnumTypeWrapper):
        DEFAULT: _Final = 0
        FAST: _Final = 1
        DFAST: _Final = 2
        GREEDY: _Final = 3
        LAZY: _Final = 4
        LAZY2: _Final = 5
        BTLAZY2: _Final = 6
        BTOPT: _Final = 7
        BTULTRA: _Final = 8
        BTULTRA2: _Final = 9
    Strategy: _Strategy
    DEFAULT: _Final = 0
    FAST: _Final = 1
    DFAST: _Final = 2
    GREEDY: _Final = 3
    LAZY: _Final = 4
    LAZY2: _Final = 5
    BTLAZY2: _Final = 6
    BTOPT: _Final = 7
    BTULTRA: _Final = 8
    BTULTRA2: _Final = 9
    @_property
    def compression_level(self) -> _google_protobuf.UInt32Value: ...
    enable_checksum: _bool
    strategy: _int
    @_property
    def dictionary(self) -> _envoy_config_core_v3.DataSource: ...
    @_property
    def chunk_size(self) -> _google_protobuf.UInt32Value: ...
    def __init__(_self, *, compression_level: _google_protobuf.UInt32Value | None = ..., enable_checksum: _bool = ..., strategy: _int = ..., dictionary: _envoy_config_core_v3.DataSource | None = ..., chunk_size: _google_protobuf.UInt32Value | None = ...) -> None: ...
    def HasField(self, field_name: _Literal["compression_level", "dictionary", "chunk_size"]) -> _bool: ...
    def ClearField(self, field_name: _Literal["compression_level", "enable_checksum", "strategy", "dictionary", "chunk_size"]) -> None: ...
