# envoy.extensions.internal_redirect.allow_listed_routes.v3 of Envoy 1.39.3, written by tools/protos.py.
from builtins import property as _property, str as _str
from collections.abc import Iterable as _Iterable
from typing import Literal as _Literal
from google.protobuf.internal.containers import RepeatedScalarFieldContainer as _RepeatedScalarFieldContainer
from google.protobuf.message import Message as _Message

class AllowListedRoutesConfig(_Message):
    @_property
    def allowed_route_names(self) -> _RepeatedScalarFieldContainer[_str]: ...
    def __init__(_self, *, allowed_route_names: _Iterable[_str] = ...) -> None: ...
    def ClearField(self, field_name: _Literal["allowed_route_names"]) -> None: ...
