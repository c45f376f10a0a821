# envoy.extensions.resource_monitors.cgroup_memory.v3 of Envoy 1.39.3, written by tools/protos.py.
from builtins import int as _int
from typing import Literal as _Literal
from google.protobuf.message import Message as _Message

class CgroupMemoryConfig(_Message):
    max_memory_bytes: _int
    def __init__(_self, *, max_memory_bytes: _int = ...) -> None: ...
    def ClearField(self, field_name: _Literal["max_memory_bytes"]) -> None: ...
