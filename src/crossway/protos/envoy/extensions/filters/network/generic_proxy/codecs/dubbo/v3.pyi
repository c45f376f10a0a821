# envoy.extensions.filters.network.generic_proxy.codecs.dubbo.v3 of Envoy 1.39.3, written by tools/protos.py.
from google.protobuf.message import Message as _Message

class DubboCodecConfig(_Message):
    def __init__(_self) -> None: ...
