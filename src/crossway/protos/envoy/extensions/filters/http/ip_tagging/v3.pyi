# envoy.extensions.filters.http.ip_tagging.v3 of Envoy 1.39.3, written by tools/protos.py.
from builtins import bool as _bool, int as _int, property as _property, str as _str
from collections.abc import Iterable as _Iterable
from typing import Final as _Final, Literal as _Literal
from google.protobuf.internal.containers import RepeatedCompositeFieldContainer as _RepeatedCompositeFieldContainer
from google.protobuf.internal.enum_type_wrapper import EnumTypeWrapper as _EnumTypeWrapper
from google.protobuf.message import Message as _Message
import crossway.protos.envoy.config.core.v3 as _envoy_config_core_v3
import crossway.protos.envoy.extensions.filters.http.ip_tagging.v3 as _envoy_extensions_filters_http_ip_tagging_v3

class IPTagging(_Message):
    class _RequestType(_EnumTypeWrapper):
        BOTH: _Final = 0
        INTERNAL: _Final = 1
        EXTERNAL: _Final = 2
    RequestType: _RequestType
    BOTH: _Final = 0
    INTERNAL: _Final = 1
    EXTERNAL: _Final = 2
    class IPTag(_Message):
        ip_tag_name: _str
        @_property
        def ip_list(self) -> _RepeatedCompositeFieldContainer[_envoy_config_core_v3.CidrRange]: ...
        def __init__(_self, *, ip_tag_name: _str = ..., ip_list: _Iterable[_envoy_config_core_v3.CidrRange] = ...) -> None: ...
        def ClearField(self, field_name: _Literal["ip_tag_name", "ip_list"]) -> None: ...
    class IPTags(_Message):
        @_property
        def ip_tags(self) -> _RepeatedCompositeFieldContainer[_envoy_extensions_filters_http_ip_tagging_v3.IPTagging.IPTag]: ...
        def __init__(_self, *, ip_tags: _Iterable[_envoy_extensions_filters_http_ip_tagging_v3.IPTagging.IPTag] = ...) -> None: ...
        def ClearField(self, field_name: _Literal["ip_tags"]) -> None: ...
    class IpTagHeader(_Message):
        class _HeaderAction(_EnumTypeWrapper):
            SANITIZE: _Final = 0
            APPEND_IF_EXISTS_OR_ADD: _Final = 1
        HeaderAction: _HeaderAction
        SANITIZE: _Final = 0
        APPEND_IF_EXISTS_OR_ADD: _Final = 1
        header: _str
        action: _int
        def __init__(_self, *, header: _str = ..., action: _int = ...) -> None: ...
        def ClearField(self, field_name: _Literal["header", "action"]) -> None: ...
    request_type: _int
    @_property
    def ip_tags(self) -> _RepeatedCompositeFieldContainer[_envoy_extensions_filters_http_ip_tagging_v3.IPTagging.IPTag]: ...
    @_property
    def ip_tag_header(self) -> _envoy_extensions_filters_http_ip_tagging_v3.IPTagging.IpTagHeader: ...
    @_property
    def ip_tags_datasource(self) -> _envoy_config_core_v3.DataSource: ...
    def __init__(_self, *, request_type: _int = ..., ip_tags: _Iterable[_envoy_extensions_filters_http_ip_tagging_v3.IPTagging.IPTag] = ..., ip_tag_header: _envoy_extensions_filters_http_ip_tagging_v3.IPTagging.IpTagHeader | None = ..., ip_tags_datasource: _envoy_config_core_v3.DataSource | None = ...) -> None: ...
    def HasField(self, field_name: _Literal["ip_tag_header", "ip_tags_datasource"]) -> _bool: ...
    def ClearField(self, field_name: _Literal["request_type", "ip_tags", "ip_tag_header", "ip_tags_datasource"]) -> None: ...
