# envoy.extensions.filters.network.sni_cluster.v3 of Envoy 1.39.3, written by tools/protos.py.
from google.protobuf.message import Message as _Message

class SniCluster(_Message):
    def __init__(_self) -> None: ...
