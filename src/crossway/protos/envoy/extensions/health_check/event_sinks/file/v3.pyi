# envoy.extensions.health_check.event_sinks.file.v3 of Envoy 1.39.3, written by tools/protos.py.
from builtins import str as _str
from typing import Literal as _Literal
from google.protobuf.message import Message as _Message

class HealthCheckEventFileSink(_Message):
    event_log_path: _str
    def __init__(_self, *, event_log_path: _str = ...) -> None: ...
    def ClearField(self, field_name: _Literal["event_log_path"]) -> None: ...
