# envoy.extensions.udp_packet_writer.v3 of Envoy 1.39.3, written by tools/protos.py.
from google.protobuf.message import Message as _Message

class UdpDefaultWriterFactory(_Message):
    def __init__(_self) -> None: ...

class UdpGsoBatchWriterFactory(_Message):
    def __init__(_self) -> None: ...
