# envoy.extensions.compression.gzip.compressor.v3 of Envoy 1.39.3, written by tools/protos.py.
from builtins import bool as _bool, int as _int, property as _property
from typing import Final as _Final, Literal as _Literal
from google.protobuf.internal.enum_type_wrapper import EnumTypeWrapper as _EnumTypeWrapper
from google.protobuf.message import Message as _Message
import crossway.protos.google.protobuf as _google_protobuf

class Gzip(_Message):
    class _CompressionStrategy(_EnumTypeWrapper):
        DEFAULT_STRATEGY: _Final = 0
        FILTERED: _Final = 1
        HUFFMAN_ONLY: _Final = 2
        RLE: _Final = 3
        FIXED: _Final = 4
    CompressionStrategy: _CompressionStrategy
    DEFAULT_STRATEGY: _Final = 0
    FILTERED: _Final = 1
    HUFFMAN_ONLY: _Final = 2
    RLE: _Final = 3
    FIXED: _Final = 4
    class _CompressionLevel(_EnumTypeWrapper):
        DEFAULT_COMPRESSION: _Final = 0
        BEST_SPEED: _Final = 1
        COMPRESSION_LEVEL_1: _Final = 1
        COMPRESSION_LEVEL_2: _Final = 2
        COMPRESSION_LEVEL_3: _Final = 3
        COMPRESSION_LEVEL_4: _Final = 4
        COMPRESSION_LEVEL_5: _Final = 5
        COMPRESSION_LEVEL_6: _Final = 6
        COMPRESSION_LEVEL_7: _Final = 7
        COMPRESSION_LEVEL_8: _Final = 8
        COMPRESSION_LEVEL_9: _Final = 9
        BEST_COMPRESSION: _Final = 9
    CompressionLevel: _CompressionLevel
    DEFAULT_COMPRESSION: _Final = 0
    BEST_SPEED: _Final = 1
    COMPRESSION_LEVEL_1: _Final = 1
    COMPRESSION_LEVEL_2: _Final = 2
    COMPRESSION_LEVEL_3: _Final = 3
    COMPRESSION_LEVEL_4: _Final = 4
    COMPRESSION_LEVEL_5: _Final = 5
    COMPRESSION_LEVEL_6: _Final = 6
    COMPRESSION_LEVEL_7: _Final = 7
    COMPRESSION_LEVEL_8: _Final = 8
    COMPRESSION_LEVEL_9: _Final = 9
    BEST_COMPRESSION: _Final = 9
    @_property
    def memory_level(self) -> _google_protobuf.UInt32Value: ...
    compression_level: _int
    compression_strategy: _int
    @_property
    def window_bits(self) -> _google_protobuf.UInt32Value: ...
    @_property
    def chunk_size(self) -> _google_protobuf.UInt32Value: ...
    def __init__(_self, *, memory_level: _google_protobuf.UInt32Value | None = ..., compression_level: _int = ..., compression_strategy: _int = ..., window_bits: _google_protobuf.UInt32Value | None = ..., chunk_size: _google_protobuf.UInt32Value | None = ...) -> None: ...
    def HasField(self, field_name: _Literal["memory_level", "window_bits", "chunk_size"]) -> _bool: ...
    def ClearField(self, field_name: _Literal["memory_level", "compression_level", "compression_strategy", "window_bits", "chunk_size"]) -> None: ...
