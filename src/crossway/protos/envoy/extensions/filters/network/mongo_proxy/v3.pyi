# envoy.extensions.filters.network.mongo_proxy.v3 of Envoy 1.39.3, written by tools/protos.py.
from builtins import bool as _bool, property as _property, str as _str
from collections.abc import Iterable as _Iterable
from typing import Literal as _Literal
from google.protobuf.internal.containers import RepeatedScalarFieldContainer as _RepeatedScalarFieldContainer
from google.protobuf.message import Message as _Message
import crossway.protos.envoy.extensions.filters.common.fault.v3 as _envoy_extensions_filters_common_fault_v3
import crossway.protos.google.protobuf as _google_protobuf

class MongoProxy(_Message):
    stat_prefix: _str
    access_log: _str
    @_property
    def delay(self) -> _envoy_extensions_filters_common_fault_v3.FaultDelay: ...
    emit_dynamic_metadata: _bool
    @_property
    def commands(self) -> _RepeatedScalarFieldContainer[_str]: ...
    @_property
    def max_bson_depth(self) -> _google_protobuf.UInt32Value: ...
    def __init__(_self, *, stat_prefix: _str = ..., access_log: _str = ..., delay: _envoy_extensions_filters_common_fault_v3.FaultDelay | None = ..., emit_dynamic_metadata: _bool = ..., commands: _Iterable[_str] = ..., max_bson_depth: _google_protobuf.UInt32Value | None = ...) -> None: ...
    def HasField(self, field_name: _Literal["delay", "max_bson_depth"]) -> _bool: ...
    def ClearField(self, field_name: _Literal["stat_prefix", "access_log", "delay", "emit_dynamic_metadata", "commands", "max_bson_depth"]) -> None: ...
