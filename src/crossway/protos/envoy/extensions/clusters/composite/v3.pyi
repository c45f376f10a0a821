# envoy.extensions.clusters.composite.v3 of Envoy 1.39.3, written by tools/protos.py.
from builtins import property as _property, str as _str
from collections.abc import Iterable as _Iterable
from typing import Literal as _Literal
from google.protobuf.internal.containers import RepeatedCompositeFieldContainer as _RepeatedCompositeFieldContainer
from google.protobuf.message import Message as _Message
import crossway.protos.envoy.extensions.clusters.composite.v3 as _envoy_extensions_clusters_composite_v3

class ClusterConfig(_Message):
    class ClusterEntry(_Message):
        name: _str
        def __init__(_self, *, name: _str = ...) -> None: ...
        def ClearField(self, field_name: _Literal["name"]) -> None: ...
    @_property
    def clusters(self) -> _RepeatedCompositeFieldContainer[_envoy_extensions_clusters_composite_v3.ClusterConfig.ClusterEntry]: ...
    def __init__(_self, *, clusters: _Iterable[_envoy_extensions_clusters_composite_v3.ClusterConfig.ClusterEntry] = ...) -> None: ...
    def ClearField(self, field_name: _Literal["clusters"]) -> None: ...
