# envoy.service.network_ext_proc.v3 of Envoy 1.39.3, written by tools/protos.py.
from builtins import bool as _bool, bytes as _bytes, int as _int, property as _property, str as _str
from collections.abc import Mapping as _Mapping
from typing import Final as _Final, Literal as _Literal
from google.protobuf.internal.enum_type_wrapper import EnumTypeWrapper as _EnumTypeWrapper
from google.protobuf.message import Message as _Message
import crossway.protos.envoy.config.core.v3 as _envoy_config_core_v3
import crossway.protos.envoy.service.network_ext_proc.v3 as _envoy_service_network_ext_proc_v3
import crossway.protos.google.protobuf as _google_protobuf

class Data(_Message):
    data: _bytes
    end_of_stream: _bool
    def __init__(_self, *, data: _bytes = ..., end_of_stream: _bool = ...) -> None: ...
    def ClearField(self, field_name: _Literal["data", "end_of_stream"]) -> None: ...

class ProcessingRequest(_Message):
    @_property
    def read_data(self) -> _envoy_service_network_ext_proc_v3.Data: ...
    @_property
    def write_data(self) -> _envoy_service_network_ext_proc_v3.Data: ...
    @_property
    def metadata(self) -> _envoy_config_core_v3.Metadata: ...
    def __init__(_self, *, read_data: _envoy_service_network_ext_proc_v3.Data | None = ..., write_data: _envoy_service_network_ext_proc_v3.Data | None = ..., metadata: _envoy_config_core_v3.Metadata | None = ...) -> None: ...
    def HasField(self, field_name: _Literal["read_data", "write_data", "metadata"]) -> _bool: ...
    def ClearField(self, field_name: _Literal["read_data", "write_data", "metadata"]) -> None: ...

class ProcessingResponse(_Message):
    class _DataProcessedStatus(_EnumTypeWrapper):
        UNKNOWN: _Final = 0
        UNMODIFIED: _Final = 1
        MODIFIED: _Final = 2
    DataProcessedStatus: _DataProcessedStatus
    UNKNOWN: _Final = 0
    UNMODIFIED: _Final = 1
    MODIFIED: _Final = 2
    class _ConnectionStatus(_EnumTypeWrapper):
        CONTINUE: _Final = 0
        CLOSE: _Final = 1
        CLOSE_RST: _Final = 2
    ConnectionStatus: _ConnectionStatus
    CONTINUE: _Final = 0
    CLOSE: _Final = 1
    CLOSE_RST: _Final = 2
    @_property
    def read_data(self) -> _envoy_service_network_ext_proc_v3.Data: ...
    @_property
    def write_data(self) -> _envoy_service_network_ext_proc_v3.Data: ...
    data_processing_status: _int
    connection_status: _int
    @_property
    def dynamic_metadata(self) -> _google_protobuf.Struct: ...
    close_stream_to_ext_proc_server: _bool
    def __init__(_self, *, read_data: _envoy_service_network_ext_proc_v3.Data | None = ..., write_data: _envoy_service_network_ext_proc_v3.Data | None = ..., data_processing_status: _int = ..., connection_status: _int = ..., dynamic_metadata: _google_protobuf.Struct | _Mapping[_str, object] | None = ..., close_stream_to_ext_proc_server: _bool = ...) -> None: ...
    def HasField(self, field_name: _Literal["read_data", "write_data", "dynamic_metadata"]) -> _bool: ...
    def ClearField(self, field_name: _Literal["read_data", "write_data", "data_processing_status", "connection_status", "dynamic_metadata", "close_stream_to_ext_proc_server"]) -> None: ...
