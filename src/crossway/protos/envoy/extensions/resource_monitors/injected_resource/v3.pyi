# envoy.extensions.resource_monitors.injected_resource.v3 of Envoy 1.39.3, written by tools/protos.py.
from builtins import str as _str
from typing import Literal as _Literal
from google.protobuf.message import Message as _Message

class InjectedResourceConfig(_Message):
    filename: _str
    def __init__(_self, *, filename: _str = ...) -> None: ...
    def ClearField(self, field_name: _Literal["filename"]) -> None: ...
