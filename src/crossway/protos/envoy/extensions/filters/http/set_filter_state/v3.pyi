# envoy.extensions.filters.http.set_filter_state.v3 of Envoy 1.39.3, written by tools/protos.py.
from builtins import bool as _bool, property as _property
from collections.abc import Iterable as _Iterable
from typing import Literal as _Literal
from google.protobuf.internal.containers import RepeatedCompositeFieldContainer as _RepeatedCompositeFieldContainer
from google.protobuf.message import Message as _Message
import crossway.protos.envoy.extensions.filters.common.set_filter_state.v3 as _envoy_extensions_filters_common_set_filter_state_v3

class Config(_Message):
    @_property
    def on_request_headers(self) -> _RepeatedCompositeFieldContainer[_envoy_extensions_filters_common_set_filter_state_v3.FilterStateValue]: ...
    clear_route_cache: _bool
    def __init__(_self, *, on_request_headers: _Iterable[_envoy_extensions_filters_common_set_filter_state_v3.FilterStateValue] = ..., clear_route_cache: _bool = ...) -> None: ...
    def ClearField(self, field_name: _Literal["on_request_headers", "clear_route_cache"]) -> None: ...
