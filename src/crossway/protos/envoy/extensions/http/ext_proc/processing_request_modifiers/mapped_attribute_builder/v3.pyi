# envoy.extensions.http.ext_proc.processing_request_modifiers.mapped_attribute_builder.v3 of Envoy 1.39.3, written by tools/protos.py.
from builtins import property as _property, str as _str
from collections.abc import Mapping as _Mapping
from typing import Literal as _Literal
from google.protobuf.internal.containers import ScalarMap as _ScalarMap
from google.protobuf.message import Message as _Message

class MappedAttributeBuilder(_Message):
    @_property
    def mapped_request_attributes(self) -> _ScalarMap[_str, _str]: ...
    @_property
    def mapped_response_attributes(self) -> _ScalarMap[_str, _str]: ...
    def __init__(_self, *, mapped_request_attributes: _Mapping[_str, _str] = ..., mapped_response_attributes: _Mapping[_str, _str] = ...) -> None: ...
    def ClearField(self, field_name: _Literal["mapped_request_attributes", "mapped_response_attributes"]) -> None: ...
