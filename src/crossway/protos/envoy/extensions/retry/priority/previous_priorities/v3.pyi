# envoy.extensions.retry.priority.previous_priorities.v3 of Envoy 1.39.3, written by tools/protos.py.
from builtins import int as _int
from typing import Literal as _Literal
from google.protobuf.message import Message as _Message

class PreviousPrioritiesConfig(_Message):
    update_frequency: _int
    def __init__(_self, *, update_frequency: _int = ...) -> None: ...
    def ClearField(self, field_name: _Literal["update_frequency"]) -> None: ...
