# xds.annotations.v3 of Envoy 1.39.3, written by tools/protos.py.
from builtins import bool as _bool, int as _int, str as _str
from typing import Final as _Final, Literal as _Literal
from google.protobuf.internal.enum_type_wrapper import EnumTypeWrapper as _EnumTypeWrapper
from google.protobuf.message import Message as _Message

class MigrateAnnotation(_Message):
    rename: _str
    def __init__(_self, *, rename: _str = ...) -> None: ...
    def ClearField(self, field_name: _Literal["rename"]) -> None: ...

class FieldMigrateAnnotation(_Message):
    rename: _str
    oneof_promotion: _str
    def __init__(_self, *, rename: _str = ..., oneof_promotion: _str = ...) -> None: ...
    def ClearField(self, field_name: _Literal["rename", "oneof_promotion"]) -> None: ...

class FileMigrateAnnotation(_Message):
    move_to_package: _str
    def __init__(_self, *, move_to_package: _str = ...) -> None: ...
    def ClearField(self, field_name: _Literal["move_to_package"]) -> None: ...

class FieldSecurityAnnotation(_Message):
    configure_for_untrusted_downstream: _bool
    configure_for_untrusted_upstream: _bool
    def __init__(_self, *, configure_for_untrusted_downstream: _bool = ..., configure_for_untrusted_upstream: _bool = ...) -> None: ...
    def ClearField(self, field_name: _Literal["configure_for_untrusted_downstream", "configure_for_untrusted_upstream"]) -> None: ...

class _PackageVersionStatus(_EnumTypeWrapper):
    UNKNOWN: _Final = 0
    FROZEN: _Final = 1
    ACTIVE: _Final = 2
    NEXT_MAJOR_VERSION_CANDIDATE: _Final = 3
PackageVersionStatus: _PackageVersionStatus

class FileStatusAnnotation(_Message):
    work_in_progress: _bool
    def __init__(_self, *, work_in_progress: _bool = ...) -> None: ...
    def ClearField(self, field_name: _Literal["work_in_progress"]) -> None: ...

class MessageStatusAnnotation(_Message):
    work_in_progress: _bool
    def __init__(_self, *, work_in_progress: _bool = ...) -> None: ...
    def ClearField(self, field_name: _Literal["work_in_progress"]) -> None: ...

class FieldStatusAnnotation(_Message):
    work_in_progress: _bool
    def __init__(_self, *, work_in_progress: _bool = ...) -> None: ...
    def ClearField(self, field_name: _Literal["work_in_progress"]) -> None: ...

class StatusAnnotation(_Message):
    work_in_progress: _bool
    package_version_status: _int
    def __init__(_self, *, work_in_progress: _bool = ..., package_version_status: _int = ...) -> None: ...
    def ClearField(self, field_name: _Literal["work_in_progress", "package_version_status"]) -> None: ...

class VersioningAnnotation(_Message):
    previous_message_type: _str
    def __init__(_self, *, previous_message_type: _str = ...) -> None: ...
    def ClearField(self, field_name: _Literal["previous_message_type"]) -> None: ...
