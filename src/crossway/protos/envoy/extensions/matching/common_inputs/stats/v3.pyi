# envoy.extensions.matching.common_inputs.stats.v3 of Envoy 1.39.3, written by tools/protos.py.
from google.protobuf.message import Message as _Message

class StatFullNameMatchInput(_Message):
    def __init__(_self) -> None: ...

class StatTagValueInput(_Message):
    def __init__(_self) -> None: ...
