# envoy.extensions.clusters.reverse_connection.v3 of Envoy 1.39.3, written by tools/protos.py.
from builtins import bool as _bool, property as _property, str as _str
from datetime import timedelta as _timedelta
from typing import Literal as _Literal
from google.protobuf.message import Message as _Message
import crossway.protos.google.protobuf as _google_protobuf

class ReverseConnectionClusterConfig(_Message):
    @_property
    def cleanup_interval(self) -> _google_protobuf.Duration: ...
    host_id_format: _str
    tenant_id_format: _str
    def __init__(_self, *, cleanup_interval: _google_protobuf.Duration | _timedelta | None = ..., host_id_format: _str = ..., tenant_id_format: _str = ...) -> None: ...
    def HasField(self, field_name: _Literal["cleanup_interval"]) -> _bool: ...
    def ClearField(self, field_name: _Literal["cleanup_interval", "host_id_format", "tenant_id_format"]) -> None: ...
