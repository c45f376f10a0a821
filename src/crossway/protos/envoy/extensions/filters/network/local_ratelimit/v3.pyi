# envoy.extensions.filters.network.local_ratelimit.v3 of Envoy 1.39.3, written by tools/protos.py.
from builtins import bool as _bool, property as _property, str as _str
from typing import Literal as _Literal
from google.protobuf.message import Message as _Message
import crossway.protos.envoy.config.core.v3 as _envoy_config_core_v3
import crossway.protos.envoy.type.v3 as _envoy_type_v3

class LocalRateLimit(_Message):
    stat_prefix: _str
    @_property
    def token_bucket(self) -> _envoy_type_v3.TokenBucket: ...
    @_property
    def runtime_enabled(self) -> _envoy_config_core_v3.RuntimeFeatureFlag: ...
    share_key: _str
    def __init__(_self, *, stat_prefix: _str = ..., token_bucket: _envoy_type_v3.TokenBucket | None = ..., runtime_enabled: _envoy_config_core_v3.RuntimeFeatureFlag | None = ..., share_key: _str = ...) -> None: ...
    def HasField(self, field_name: _Literal["token_bucket", "runtime_enabled"]) -> _bool: ...
    def ClearField(self, field_name: _Literal["stat_prefix", "token_bucket", "runtime_enabled", "share_key"]) -> None: ...
