# envoy.extensions.matching.input_matchers.consistent_hashing.v3 of Envoy 1.39.3, written by tools/protos.py.
from builtins import int as _int
from typing import Literal as _Literal
from google.protobuf.message import Message as _Message

class ConsistentHashing(_Message):
    threshold: _int
    modulo: _int
    seed: _int
    def __init__(_self, *, threshold: _int = ..., modulo: _int = ..., seed: _int = ...) -> None: ...
    def ClearField(self, field_name: _Literal["threshold", "modulo", "seed"]) -> None: ...
