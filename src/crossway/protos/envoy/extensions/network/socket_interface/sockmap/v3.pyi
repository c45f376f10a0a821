# envoy.extensions.network.socket_interface.sockmap.v3 of Envoy 1.39.3, written by tools/protos.py.
from builtins import bool as _bool, property as _property, str as _str
from collections.abc import Iterable as _Iterable
from typing import Literal as _Literal
from google.protobuf.internal.containers import RepeatedCompositeFieldContainer as _RepeatedCompositeFieldContainer
from google.protobuf.message import Message as _Message
import crossway.protos.envoy.type.v3 as _envoy_type_v3
import crossway.protos.google.protobuf as _google_protobuf

class Sockmap(_Message):
    bpf_program_path: _str
    cgroup_path: _str
    @_property
    def sockhash_max_entries(self) -> _google_protobuf.UInt32Value: ...
    @_property
    def register_user_space_sockets(self) -> _google_protobuf.BoolValue: ...
    @_property
    def accelerated_ports(self) -> _RepeatedCompositeFieldContainer[_envoy_type_v3.Int64Range]: ...
    def __init__(_self, *, bpf_program_path: _str = ..., cgroup_path: _str = ..., sockhash_max_entries: _google_protobuf.UInt32Value | None = ..., register_user_space_sockets: _google_protobuf.BoolValue | None = ..., accelerated_ports: _Iterable[_envoy_type_v3.Int64Range] = ...) -> None: ...
    def HasField(self, field_name: _Literal["sockhash_max_entries", "register_user_space_sockets"]) -> _bool: ...
    def ClearField(self, field_name: _Literal["bpf_program_path", "cgroup_path", "sockhash_max_entries", "register_user_space_sockets", "accelerated_ports"]) -> None: ...
