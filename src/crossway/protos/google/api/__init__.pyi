# google.api of Envoy 1.39.3, written by tools/protos.py.
from builtins import bool as _bool, bytes as _bytes, property as _property, str as _str
from collections.abc import Iterable as _Iterable
from typing import Literal as _Literal
from google.protobuf.internal.containers import RepeatedCompositeFieldContainer as _RepeatedCompositeFieldContainer
from google.protobuf.message import Message as _Message
import crossway.protos.google.api as _google_api
import crossway.protos.google.protobuf as _google_protobuf

class Http(_Message):
    @_property
    def rules(self) -> _RepeatedCompositeFieldContainer[_google_api.HttpRule]: ...
    fully_decode_reserved_expansion: _bool
    def __init__(_self, *, rules: _Iterable[_google_api.HttpRule] = ..., fully_decode_reserved_expansion: _bool = ...) -> None: ...
    def ClearField(self, field_name: _Literal["rules", "fully_decode_reserved_expansion"]) -> None: ...

class HttpRule(_Message):
    selector: _str
    get: _str
    put: _str
    post: _str
    delete: _str
    patch: _str
    @_property
    def custom(self) -> _google_api.CustomHttpPattern: ...
    body: _str
    response_body: _str
    @_property
    def additional_bindings(self) -> _RepeatedCompositeFieldContainer[_google_api.HttpRule]: ...
    def __init__(_self, *, selector: _str = ..., get: _str = ..., put: _str = ..., post: _str = ..., delete: _str = ..., patch: _str = ..., custom: _google_api.CustomHttpPattern | None = ..., body: _str = ..., response_body: _str = ..., additional_bindings: _Iterable[_google_api.HttpRule] = ...) -> None: ...
    def HasField(self, field_name: _Literal["get", "put", "post", "delete", "patch", "custom", "pattern"]) -> _bool: ...
    def ClearField(self, field_name: _Literal["selector", "get", "put", "post", "delete", "patch", "custom", "body", "response_body", "additional_bindings", "pattern"]) -> None: ...
    def WhichOneof(self, oneof_group: _Literal["pattern"]) -> _Literal["get", "put", "post", "delete", "patch", "custom"] | None: ...

class CustomHttpPattern(_Message):
    kind: _str
    path: _str
    def __init__(_self, *, kind: _str = ..., path: _str = ...) -> None: ...
    def ClearField(self, field_name: _Literal["kind", "path"]) -> None: ...

class HttpBody(_Message):
    content_type: _str
    data: _bytes
    @_property
    def extensions(self) -> _RepeatedCompositeFieldContainer[_google_protobuf.Any]: ...
    def __init__(_self, *, content_type: _str = ..., data: _bytes = ..., extensions: _Iterable[_google_protobuf.Any] = ...) -> None: ...
    def ClearField(self, field_name: _Literal["content_type", "data", "extensions"]) -> None: ...
