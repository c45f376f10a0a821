# envoy.extensions.http.early_header_mutation.header_mutation.v3 of Envoy 1.39.3, written by tools/protos.py.
from builtins import property as _property
from collections.abc import Iterable as _Iterable
from typing import Literal as _Literal
from google.protobuf.internal.containers import RepeatedCompositeFieldContainer as _RepeatedCompositeFieldContainer
from google.protobuf.message import Message as _Message
import crossway.protos.envoy.config.common.mutation_rules.v3 as _envoy_config_common_mutation_rules_v3

class HeaderMutation(_Message):
    @_property
    def mutations(self) -> _RepeatedCompositeFieldContainer[_envoy_config_common_mutation_rules_v3.HeaderMutation]: ...
    def __init__(_self, *, mutations: _Iterable[_envoy_config_common_mutation_rules_v3.HeaderMutation] = ...) -> None: ...
    def ClearField(self, field_name: _Literal["mutations"]) -> None: ...
