# xds.data.orca.v3 of Envoy 1.39.3, written by tools/protos.py.
from builtins import float as _float, int as _int, property as _property, str as _str
from collections.abc import Mapping as _Mapping
from typing import Literal as _Literal
from google.protobuf.internal.containers import ScalarMap as _ScalarMap
from google.protobuf.message import Message as _Message

class OrcaLoadReport(_Message):
    cpu_utilization: _float
    mem_utilization: _float
    rps: _int
    @_property
    def request_cost(self) -> _ScalarMap[_str, _float]: ...
    @_property
    def utilization(self) -> _ScalarMap[_str, _float]: ...
    rps_fractional: _float
    eps: _float
    @_property
    def named_metrics(self) -> _ScalarMap[_str, _float]: ...
    application_utilization: _float
    def __init__(_self, *, cpu_utilization: _float = ..., mem_utilization: _float = ..., rps: _int = ..., request_cost: _Mapping[_str, _float] = ..., utilization: _Mapping[_str, _float] = ..., rps_fractional: _float = ..., eps: _float = ..., named_metrics: _Mapping[_str, _float] = ..., application_utilization: _float = ...) -> None: ...
    def ClearField(self, field_name: _Literal["cpu_utilization", "mem_utilization", "rps", "request_cost", "utilization", "rps_fractional", "eps", "named_metrics", "application_utilization"]) -> None: ...
