# envoy.extensions.filters.http.aws_lambda.v3 of Envoy 1.39.3, written by tools/protos.py.
from builtins import bool as _bool, int as _int, property as _property, str as _str
from collections.abc import Iterable as _Iterable
from typing import Final as _Final, Literal as _Literal
from google.protobuf.internal.containers import RepeatedCompositeFieldContainer as _RepeatedCompositeFieldContainer
from google.protobuf.internal.enum_type_wrapper import EnumTypeWrapper as _EnumTypeWrapper
from google.protobuf.message import Message as _Message
import crossway.protos.envoy.extensions.filters.http.aws_lambda.v3 as _envoy_extensions_filters_http_aws_lambda_v3
import crossway.protos.envoy.type.matcher.v3 as _envoy_type_matcher_v3

class Config(_Message):
    class _InvocationMode(_EnumTypeWrapper):
        SYNCHRONOUS: _Final = 0
        ASYNCHRONOUS: _Final = 1
    InvocationMode: _InvocationMode
    SYNCHRONOUS: _Final = 0
    ASYNCHRONOUS: _Final = 1
    arn: _str
    payload_passthrough: _bool
    invocation_mode: _int
    host_rewrite: _str
    credentials_profile: _str
    @_property
    def credentials(self) -> _envoy_extensions_filters_http_aws_lambda_v3.Credentials: ...
    @_property
    def match_excluded_headers(self) -> _RepeatedCompositeFieldContainer[_envoy_type_matcher_v3.StringMatcher]: ...
    @_property
    def match_included_headers(self) -> _RepeatedCompositeFieldContainer[_envoy_type_matcher_v3.StringMatcher]: ...
    def __init__(_self, *, arn: _str = ..., payload_passthrough: _bool = ..., invocation_mode: _int = ..., host_rewrite: _str = ..., credentials_profile: _str = ..., credentials: _envoy_extensions_filters_http_aws_lambda_v3.Credentials | None = ..., match_excluded_headers: _Iterable[_envoy_type_matcher_v3.StringMatcher] = ..., match_included_headers: _Iterable[_envoy_type_matcher_v3.StringMatcher] = ...) -> None: ...
    def HasField(self, field_name: _Literal["credentials"]) -> _bool: ...
    def ClearField(self, field_name: _Literal["arn", "payload_passthrough", "invocation_mode", "host_rewrite", "credentials_profile", "credentials", "match_excluded_headers", "match_included_headers"]) -> None: ...

class Credentials(_Message):
    access_key_id: _str
    secret_access_key: _str
    session_token: _str
    def __init__(_self, *, access_key_id: _str = ..., secret_access_key: _str = ..., session_token: _str = ...) -> None: ...
    def ClearField(self, field_name: _Literal["access_key_id", "secret_access_key", "session_token"]) -> None: ...

class PerRouteConfig(_Message):
    @_property
    def invoke_config(self) -> _envoy_extensions_filters_http_aws_lambda_v3.Config: ...
    def __init__(_self, *, invoke_config: _envoy_extensions_filters_http_aws_lambda_v3.Config | None = ...) -> None: ...
    def HasField(self, field_name: _Literal["invoke_config"]) -> _bool: ...
    def ClearField(self, field_name: _Literal["invoke_config"]) -> None: ...
