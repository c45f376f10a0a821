# envoy.extensions.local_address_selectors.filter_state_override.v3 of Envoy 1.39.3, written by tools/protos.py.
from google.protobuf.message import Message as _Message

class Config(_Message):
    def __init__(_self) -> None: ...
