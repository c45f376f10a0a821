# envoy.extensions.resource_monitors.cpu_utilization.v3 of Envoy 1.39.3, written by tools/protos.py.
from builtins import int as _int
from typing import Final as _Final, Literal as _Literal
from google.protobuf.internal.enum_type_wrapper import EnumTypeWrapper as _EnumTypeWrapper
from google.protobuf.message import Message as _Message

class CpuUtilizationConfig(_Message):
    class _UtilizationComputeStrategy(_EnumTypeWrapper):
        HOST: _Final = 0
        CONTAINER: _Final = 1
    UtilizationComputeStrategy: _UtilizationComputeStrategy
    HOST: _Final = 0
    CONTAINER: _Final = 1
    mode: _int
    def __init__(_self, *, mode: _int = ...) -> None: ...
    def ClearField(self, field_name: _Literal["mode"]) -> None: ...
