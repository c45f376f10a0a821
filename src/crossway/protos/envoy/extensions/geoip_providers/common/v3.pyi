# envoy.extensions.geoip_providers.common.v3 of Envoy 1.39.3, written by tools/protos.py.
from builtins import bool as _bool, property as _property, str as _str
from typing import Literal as _Literal
from google.protobuf.message import Message as _Message
import crossway.protos.envoy.extensions.geoip_providers.common.v3 as _envoy_extensions_geoip_providers_common_v3

class CommonGeoipProviderConfig(_Message):
    class GeolocationHeadersToAdd(_Message):
        country: _str
        city: _str
        region: _str
        asn: _str
        asn_org: _str
        is_anon: _str
        anon: _str
        anon_vpn: _str
        anon_hosting: _str
        anon_tor: _str
        anon_proxy: _str
        isp: _str
        apple_private_relay: _str
        def __init__(_self, *, country: _str = ..., city: _str = ..., region: _str = ..., asn: _str = ..., asn_org: _str = ..., is_anon: _str = ..., anon: _str = ..., anon_vpn: _str = ..., anon_hosting: _str = ..., anon_tor: _str = ..., anon_proxy: _str = ..., isp: _str = ..., apple_private_relay: _str = ...) -> None: ...
        def ClearField(self, field_name: _Literal["country", "city", "region", "asn", "asn_org", "is_anon", "anon", "anon_vpn", "anon_hosting", "anon_tor", "anon_proxy", "isp", "apple_private_relay"]) -> None: ...
    class GeolocationFieldKeys(_Message):
        country: _str
        city: _str
        region: _str
        asn: _str
        asn_org: _str
        anon: _str
        anon_vpn: _str
        anon_hosting: _str
        anon_tor: _str
        anon_proxy: _str
        isp: _str
        apple_private_relay: _str
        def __init__(_self, *, country: _str = ..., city: _str = ..., region: _str = ..., asn: _str = ..., asn_org: _str = ..., anon: _str = ..., anon_vpn: _str = ..., anon_hosting: _str = ..., anon_tor: _str = ..., anon_proxy: _str = ..., isp: _str = ..., apple_private_relay: _str = ...) -> None: ...
        def ClearField(self, field_name: _Literal["country", "city", "region", "asn", "asn_org", "anon", "anon_vpn", "anon_hosting", "anon_tor", "anon_proxy", "isp", "apple_private_relay"]) -> None: ...
    @_property
    def geo_headers_to_add(self) -> _envoy_extensions_geoip_providers_common_v3.CommonGeoipProviderConfig.GeolocationHeadersToAdd: ...
    @_property
    def geo_field_keys(self) -> _envoy_extensions_geoip_providers_common_v3.CommonGeoipProviderConfig.GeolocationFieldKeys: ...
    def __init__(_self, *, geo_headers_to_add: _envoy_extensions_geoip_providers_common_v3.CommonGeoipProviderConfig.GeolocationHeadersToAdd | None = ..., geo_field_keys: _envoy_extensions_geoip_providers_common_v3.CommonGeoipProviderConfig.GeolocationFieldKeys | None = ...) -> None: ...
    def HasField(self, field_name: _Literal["geo_headers_to_add", "geo_field_keys"]) -> _bool: ...
    def ClearField(self, field_name: _Literal["geo_headers_to_add", "geo_field_keys"]) -> None: ...
