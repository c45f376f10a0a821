# envoy.extensions.tracers.opentelemetry.resource_detectors.v3 of Envoy 1.39.3, written by tools/protos.py.
from builtins import property as _property, str as _str
from collections.abc import Mapping as _Mapping
from typing import Literal as _Literal
from google.protobuf.internal.containers import ScalarMap as _ScalarMap
from google.protobuf.message import Message as _Message

class DynatraceResourceDetectorConfig(_Message):
    def __init__(_self) -> None: ...

class EnvironmentResourceDetectorConfig(_Message):
    def __init__(_self) -> None: ...

class StaticConfigResourceDetectorConfig(_Message):
    @_property
    def attributes(self) -> _ScalarMap[_str, _str]: ...
    def __init__(_self, *, attributes: _Mapping[_str, _str] = ...) -> None: ...
    def ClearField(self, field_name: _Literal["attributes"]) -> None: ...
