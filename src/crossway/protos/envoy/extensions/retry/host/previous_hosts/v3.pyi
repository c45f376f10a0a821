# envoy.extensions.retry.host.previous_hosts.v3 of Envoy 1.39.3, written by tools/protos.py.
from google.protobuf.message import Message as _Message

class PreviousHostsPredicate(_Message):
    def __init__(_self) -> None: ...
