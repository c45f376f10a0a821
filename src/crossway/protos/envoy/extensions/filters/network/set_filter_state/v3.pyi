# envoy.extensions.filters.network.set_filter_state.v3 of Envoy 1.39.3, written by tools/protos.py.
from builtins import property as _property
from collections.abc import Iterable as _Iterable
from typing import Literal as _Literal
from google.protobuf.internal.containers import RepeatedCompositeFieldContainer as _RepeatedCompositeFieldContainer
from google.protobuf.message import Message as _Message
import crossway.protos.envoy.extensions.filters.common.set_filter_state.v3 as _envoy_extensions_filters_common_set_filter_state_v3

class Config(_Message):
    @_property
    def on_new_connection(self) -> _RepeatedCompositeFieldContainer[_envoy_extensions_filters_common_set_filter_state_v3.FilterStateValue]: ...
    @_property
    def on_downstream_tls_handshake(self) -> _RepeatedCompositeFieldContainer[_envoy_extensions_filters_common_set_filter_state_v3.FilterStateValue]: ...
    @_property
    def on_downstream_data(self) -> _RepeatedCompositeFieldContainer[_envoy_extensions_filters_common_set_filter_state_v3.FilterStateValue]: ...
    def __init__(_self, *, on_new_connection: _Iterable[_envoy_extensions_filters_common_set_filter_state_v3.FilterStateValue] = ..., on_downstream_tls_handshake: _Iterable[_envoy_extensions_filters_common_set_filter_state_v3.FilterStateValue] = ..., on_downstream_data: _Iterable[_envoy_extensions_filters_common_set_filter_state_v3.FilterStateValue] = ...) -> None: ...
    def ClearField(self, field_name: _Literal["on_new_connection", "on_downstream_tls_handshake", "on_downstream_data"]) -> None: ...
