# envoy.extensions.config.validators.minimum_clusters.v3 of Envoy 1.39.3, written by tools/protos.py.
from builtins import int as _int
from typing import Literal as _Literal
from google.protobuf.message import Message as _Message

class MinimumClustersValidator(_Message):
    min_clusters_num: _int
    def __init__(_self, *, min_clusters_num: _int = ...) -> None: ...
    def ClearField(self, field_name: _Literal["min_clusters_num"]) -> None: ...
