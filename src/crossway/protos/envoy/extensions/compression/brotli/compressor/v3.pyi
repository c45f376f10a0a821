# envoy.extensions.compression.brotli.compressor.v3 of Envoy 1.39.3, written by tools/protos.py.
from builtins import bool as _bool, int as _int, property as _property
from typing import Final as _Final, Literal as _Literal
from google.protobuf.internal.enum_type_wrapper import EnumTypeWrapper as _EnumTypeWrapper
from google.protobuf.message import Message as _Message
import crossway.protos.google.protobuf as _google_protobuf

class Brotli(_Message):
    class _EncoderMode(_EnumTypeWrapper):
        DEFAULT: _Final = 0
        GENERIC: _Final = 1
        TEXT: _Final = 2
        FONT: _Final = 3
    EncoderMode: _EncoderMode
    DEFAULT: _Final = 0
    GENERIC: _Final = 1
    TEXT: _Final = 2
    FONT: _Final = 3
    @_property
    def quality(self) -> _google_protobuf.UInt32Value: ...
    encoder_mode: _int
    @_property
    def window_bits(self) -> _google_protobuf.UInt32Value: ...
    @_property
    def input_block_bits(self) -> _google_protobuf.UInt32Value: ...
    @_property
    def chunk_size(self) -> _google_protobuf.UInt32Value: ...
    disable_literal_context_modeling: _bool
    def __init__(_self, *, quality: _google_protobuf.UInt32Value | None = ..., encoder_mode: _int = ..., window_bits: _google_protobuf.UInt32Value | None = ..., input_block_bits: _google_protobuf.UInt32Value | None = ..., chunk_size: _google_protobuf.UInt32Value | None = ..., disable_literal_context_modeling: _bool = ...) -> None: ...
    def HasField(self, field_name: _Literal["quality", "window_bits", "input_block_bits", "chunk_size"]) -> _bool: ...
    def ClearField(self, field_name: _Literal["quality", "encoder_mode", "window_bits", "input_block_bits", "chunk_size", "disable_literal_context_modeling"]) -> None: ...
