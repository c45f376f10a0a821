# envoy.extensions.matching.common_inputs.ssl.v3 of Envoy 1.39.3, written by tools/protos.py.
from google.protobuf.message import Message as _Message

class UriSanInput(_Message):
    def __init__(_self) -> None: ...

class DnsSanInput(_Message):
    def __init__(_self) -> None: ...

class SubjectInput(_Message):
    def __init__(_self) -> None: ...
