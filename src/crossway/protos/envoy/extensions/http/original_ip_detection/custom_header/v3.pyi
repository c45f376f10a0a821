# envoy.extensions.http.original_ip_detection.custom_header.v3 of Envoy 1.39.3, written by tools/protos.py.
from builtins import bool as _bool, property as _property, str as _str
from typing import Literal as _Literal
from google.protobuf.message import Message as _Message
import crossway.protos.envoy.type.v3 as _envoy_type_v3

class CustomHeaderConfig(_Message):
    header_name: _str
    allow_extension_to_set_address_as_trusted: _bool
    @_property
    def reject_with_status(self) -> _envoy_type_v3.HttpStatus: ...
    def __init__(_self, *, header_name: _str = ..., allow_extension_to_set_address_as_trusted: _bool = ..., reject_with_status: _envoy_type_v3.HttpStatus | None = ...) -> None: ...
    def HasField(self, field_name: _Literal["reject_with_status"]) -> _bool: ...
    def ClearField(self, field_name: _Literal["header_name", "allow_extension_to_set_address_as_trusted", "reject_with_status"]) -> None: ...
