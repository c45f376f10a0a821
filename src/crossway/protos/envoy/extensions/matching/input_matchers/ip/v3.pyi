# envoy.extensions.matching.input_matchers.ip.v3 of Envoy 1.39.3, written by tools/protos.py.
from builtins import property as _property, str as _str
from collections.abc import Iterable as _Iterable
from typing import Literal as _Literal
from google.protobuf.internal.containers import RepeatedCompositeFieldContainer as _RepeatedCompositeFieldContainer
from google.protobuf.message import Message as _Message
import crossway.protos.envoy.config.core.v3 as _envoy_config_core_v3

class Ip(_Message):
    @_property
    def cidr_ranges(self) -> _RepeatedCompositeFieldContainer[_envoy_config_core_v3.CidrRange]: ...
    stat_prefix: _str
    def __init__(_self, *, cidr_ranges: _Iterable[_envoy_config_core_v3.CidrRange] = ..., stat_prefix: _str = ...) -> None: ...
    def ClearField(self, field_name: _Literal["cidr_ranges", "stat_prefix"]) -> None: ...
