# envoy.extensions.watchdog.profile_action.v3 of Envoy 1.39.3, written by tools/protos.py.
from builtins import bool as _bool, int as _int, property as _property, str as _str
from datetime import timedelta as _timedelta
from typing import Literal as _Literal
from google.protobuf.message import Message as _Message
import crossway.protos.google.protobuf as _google_protobuf

class ProfileActionConfig(_Message):
    @_property
    def profile_duration(self) -> _google_protobuf.Duration: ...
    profile_path: _str
    max_profiles: _int
    def __init__(_self, *, profile_duration: _google_protobuf.Duration | _timedelta | None = ..., profile_path: _str = ..., max_profiles: _int = ...) -> None: ...
    def HasField(self, field_name: _Literal["profile_duration"]) -> _bool: ...
    def ClearField(self, field_name: _Literal["profile_duration", "profile_path", "max_profiles"]) -> None: ...
