# envoy.extensions.transport_sockets.raw_buffer.v3 of Envoy 1.39.3, written by tools/protos.py.
from google.protobuf.message import Message as _Message

class RawBuffer(_Message):
    def __init__(_self) -> None: ...
