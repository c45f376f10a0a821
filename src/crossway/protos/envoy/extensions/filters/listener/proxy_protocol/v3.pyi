# envoy.extensions.filters.listener.proxy_protocol.v3 of Envoy 1.39.3, written by tools/protos.py.
from builtins import bool as _bool, int as _int, property as _property, str as _str
from collections.abc import Iterable as _Iterable
from typing import Final as _Final, Literal as _Literal
from google.protobuf.internal.containers import RepeatedCompositeFieldContainer as _RepeatedCompositeFieldContainer, RepeatedScalarFieldContainer as _RepeatedScalarFieldContainer
from google.protobuf.internal.enum_type_wrapper import EnumTypeWrapper as _EnumTypeWrapper
from google.protobuf.message import Message as _Message
import crossway.protos.envoy.config.core.v3 as _envoy_config_core_v3
import crossway.protos.envoy.extensions.filters.listener.proxy_protocol.v3 as _envoy_extensions_filters_listener_proxy_protocol_v3

class ProxyProtocol(_Message):
    class _TlvLocation(_EnumTypeWrapper):
        DYNAMIC_METADATA: _Final = 0
        FILTER_STATE: _Final = 1
    TlvLocation: _TlvLocation
    DYNAMIC_METADATA: _Final = 0
    FILTER_STATE: _Final = 1
    class KeyValuePair(_Message):
        class _ValueStringEncoding(_EnumTypeWrapper):
            UNSPECIFIED: _Final = 0
            SANITIZED_UTF8: _Final = 1
            BASE64: _Final = 2
        ValueStringEncoding: _ValueStringEncoding
        UNSPECIFIED: _Final = 0
        SANITIZED_UTF8: _Final = 1
        BASE64: _Final = 2
        metadata_namespace: _str
        key: _str
        value_string_encoding: _int
        def __init__(_self, *, metadata_namespace: _str = ..., key: _str = ..., value_string_encoding: _int = ...) -> None: ...
        def ClearField(self, field_name: _Literal["metadata_namespace", "key", "value_string_encoding"]) -> None: ...
    class Rule(_Message):
        tlv_type: _int
        @_property
        def on_tlv_present(self) -> _envoy_extensions_filters_listener_proxy_protocol_v3.ProxyProtocol.KeyValuePair: ...
        def __init__(_self, *, tlv_type: _int = ..., on_tlv_present: _envoy_extensions_filters_listener_proxy_protocol_v3.ProxyProtocol.KeyValuePair | None = ...) -> None: ...
        def HasField(self, field_name: _Literal["on_tlv_present"]) -> _bool: ...
        def ClearField(self, field_name: _Literal["tlv_type", "on_tlv_present"]) -> None: ...
    @_property
    def rules(self) -> _RepeatedCompositeFieldContainer[_envoy_extensions_filters_listener_proxy_protocol_v3.ProxyProtocol.Rule]: ...
    allow_requests_without_proxy_protocol: _bool
    @_property
    def pass_through_tlvs(self) -> _envoy_config_core_v3.ProxyProtocolPassThroughTLVs: ...
    @_property
    def disallowed_versions(self) -> _RepeatedScalarFieldContainer[_int]: ...
    stat_prefix: _str
    tlv_location: _int
    def __init__(_self, *, rules: _Iterable[_envoy_extensions_filters_listener_proxy_protocol_v3.ProxyProtocol.Rule] = ..., allow_requests_without_proxy_protocol: _bool = ..., pass_through_tlvs: _envoy_config_core_v3.ProxyProtocolPassThroughTLVs | None = ..., disallowed_versions: _Iterable[_int] = ..., stat_prefix: _str = ..., tlv_location: _int = ...) -> None: ...
    def HasField(self, field_name: _Literal["pass_through_tlvs"]) -> _bool: ...
    def ClearField(self, field_name: _Literal["rules", "allow_requests_without_proxy_protocol", "pass_through_tlvs", "disallowed_versions", "stat_prefix", "tlv_location"]) -> None: ...
