# envoy.extensions.path.match.uri_template.v3 of Envoy 1.39.3, written by tools/protos.py.
from builtins import str as _str
from typing import Literal as _Literal
from google.protobuf.message import Message as _Message

class UriTemplateMatchConfig(_Message):
    path_template: _str
    def __init__(_self, *, path_template: _str = ...) -> None: ...
    def ClearField(self, field_name: _Literal["path_template"]) -> None: ...
