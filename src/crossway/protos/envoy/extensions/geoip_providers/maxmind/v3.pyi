# envoy.extensions.geoip_providers.maxmind.v3 of Envoy 1.39.3, written by tools/protos.py.
from builtins import bool as _bool, property as _property, str as _str
from typing import Literal as _Literal
from google.protobuf.message import Message as _Message
import crossway.protos.envoy.extensions.geoip_providers.common.v3 as _envoy_extensions_geoip_providers_common_v3

class MaxMindConfig(_Message):
    city_db_path: _str
    asn_db_path: _str
    anon_db_path: _str
    isp_db_path: _str
    country_db_path: _str
    @_property
    def common_provider_config(self) -> _envoy_extensions_geoip_providers_common_v3.CommonGeoipProviderConfig: ...
    def __init__(_self, *, city_db_path: _str = ..., asn_db_path: _str = ..., anon_db_path: _str = ..., isp_db_path: _str = ..., country_db_path: _str = ..., common_provider_config: _envoy_extensions_geoip_providers_common_v3.CommonGeoipProviderConfig | None = ...) -> None: ...
    def HasField(self, field_name: _Literal["common_provider_config"]) -> _bool: ...
    def ClearField(self, field_name: _Literal["city_db_path", "asn_db_path", "anon_db_path", "isp_db_path", "country_db_path", "common_provider_config"]) -> None: ...
