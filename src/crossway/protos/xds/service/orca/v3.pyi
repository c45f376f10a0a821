# xds.service.orca.v3 of Envoy 1.39.3, written by tools/protos.py.
from builtins import bool as _bool, property as _property, str as _str
from collections.abc import Iterable as _Iterable
from datetime import timedelta as _timedelta
from typing import Literal as _Literal
from google.protobuf.internal.containers import RepeatedScalarFieldContainer as _RepeatedScalarFieldContainer
from google.protobuf.message import Message as _Message
import crossway.protos.google.protobuf as _google_protobuf

class OrcaLoadReportRequest(_Message):
    @_property
    def report_interval(self) -> _google_protobuf.Duration: ...
    @_property
    def request_cost_names(self) -> _RepeatedScalarFieldContainer[_str]: ...
    def __init__(_self, *, report_interval: _google_protobuf.Duration | _timedelta | None = ..., request_cost_names: _Iterable[_str] = ...) -> None: ...
    def HasField(self, field_name: _Literal["report_interval"]) -> _bool: ...
    def ClearField(self, field_name: _Literal["report_interval", "request_cost_names"]) -> None: ...
