# envoy.extensions.filters.http.credential_injector.v3 of Envoy 1.39.3, written by tools/protos.py.
from builtins import bool as _bool, property as _property
from typing import Literal as _Literal
from google.protobuf.message import Message as _Message
import crossway.protos.envoy.config.core.v3 as _envoy_config_core_v3

class CredentialInjector(_Message):
    overwrite: _bool
    allow_request_without_credential: _bool
    @_property
    def credential(self) -> _envoy_config_core_v3.TypedExtensionConfig: ...
    def __init__(_self, *, overwrite: _bool = ..., allow_request_without_credential: _bool = ..., credential: _envoy_config_core_v3.TypedExtensionConfig | None = ...) -> None: ...
    def HasField(self, field_name: _Literal["credential"]) -> _bool: ...
    def ClearField(self, field_name: _Literal["overwrite", "allow_request_without_credential", "credential"]) -> None: ...
