# envoy.extensions.filters.network.rbac.v3 of Envoy 1.39.3, written by tools/protos.py.
from builtins import bool as _bool, int as _int, property as _property, str as _str
from datetime import timedelta as _timedelta
from typing import Final as _Final, Literal as _Literal
from google.protobuf.internal.enum_type_wrapper import EnumTypeWrapper as _EnumTypeWrapper
from google.protobuf.message import Message as _Message
import crossway.protos.envoy.config.rbac.v3 as _envoy_config_rbac_v3
import crossway.protos.google.protobuf as _google_protobuf
import crossway.protos.xds.type.matcher.v3 as _xds_type_matcher_v3

class RBAC(_Message):
    class _EnforcementType(_EnumTypeWrapper):
        ONE_TIME_ON_FIRST_BYTE: _Final = 0
        CONTINUOUS: _Final = 1
    EnforcementType: _EnforcementType
    ONE_TIME_ON_FIRST_BYTE: _Final = 0
    CONTINUOUS: _Final = 1
    @_property
    def rules(self) -> _envoy_config_rbac_v3.RBAC: ...
    @_property
    def matcher(self) -> _xds_type_matcher_v3.Matcher: ...
    @_property
    def shadow_rules(self) -> _envoy_config_rbac_v3.RBAC: ...
    @_property
    def shadow_matcher(self) -> _xds_type_matcher_v3.Matcher: ...
    shadow_rules_stat_prefix: _str
    stat_prefix: _str
    enforcement_type: _int
    @_property
    def delay_deny(self) -> _google_protobuf.Duration: ...
    def __init__(_self, *, rules: _envoy_config_rbac_v3.RBAC | None = ..., matcher: _xds_type_matcher_v3.Matcher | None = ..., shadow_rules: _envoy_config_rbac_v3.RBAC | None = ..., shadow_matcher: _xds_type_matcher_v3.Matcher | None = ..., shadow_rules_stat_prefix: _str = ..., stat_prefix: _str = ..., enforcement_type: _int = ..., delay_deny: _google_protobuf.Duration | _timedelta | None = ...) -> None: ...
    def HasField(self, field_name: _Literal["rules", "matcher", "shadow_rules", "shadow_matcher", "delay_deny"]) -> _bool: ...
    def ClearField(self, field_name: _Literal["rules", "matcher", "shadow_rules", "shadow_matcher", "shadow_rules_stat_prefix", "stat_prefix", "enforcement_type", "delay_deny"]) -> None: ...
