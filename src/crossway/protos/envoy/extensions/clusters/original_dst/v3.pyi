# envoy.extensions.clusters.original_dst.v3 of Envoy 1.39.3, written by tools/protos.py.
from builtins import bool as _bool, property as _property, str as _str
from typing import Literal as _Literal
from google.protobuf.message import Message as _Message
import crossway.protos.envoy.type.metadata.v3 as _envoy_type_metadata_v3
import crossway.protos.google.protobuf as _google_protobuf

class OriginalDstCluster(_Message):
    use_http_header: _bool
    http_header_name: _str
    @_property
    def upstream_port_override(self) -> _google_protobuf.UInt32Value: ...
    @_property
    def metadata_key(self) -> _envoy_type_metadata_v3.MetadataKey: ...
    def __init__(_self, *, use_http_header: _bool = ..., http_header_name: _str = ..., upstream_port_override: _google_protobuf.UInt32Value | None = ..., metadata_key: _envoy_type_metadata_v3.MetadataKey | None = ...) -> None: ...
    def HasField(self, field_name: _Literal["upstream_port_override", "metadata_key"]) -> _bool: ...
    def ClearField(self, field_name: _Literal["use_http_header", "http_header_name", "upstream_port_override", "metadata_key"]) -> None: ...
