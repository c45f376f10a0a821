# envoy.extensions.filters.http.aws_request_signing.v3 of Envoy 1.39.3, written by tools/protos.py.
from builtins import bool as _bool, int as _int, property as _property, str as _str
from collections.abc import Iterable as _Iterable
from datetime import timedelta as _timedelta
from typing import Final as _Final, Literal as _Literal
from google.protobuf.internal.containers import RepeatedCompositeFieldContainer as _RepeatedCompositeFieldContainer
from google.protobuf.internal.enum_type_wrapper import EnumTypeWrapper as _EnumTypeWrapper
from google.protobuf.message import Message as _Message
import crossway.protos.envoy.extensions.common.aws.v3 as _envoy_extensions_common_aws_v3
import crossway.protos.envoy.extensions.filters.http.aws_request_signing.v3 as _envoy_extensions_filters_http_aws_request_signing_v3
import crossway.protos.envoy.type.matcher.v3 as _envoy_type_matcher_v3
import crossway.protos.google.protobuf as _google_protobuf

class AwsRequestSigning(_Message):
    class _SigningAlgorithm(_EnumTypeWrapper):
        AWS_SIGV4: _Final = 0
        AWS_SIGV4A: _Final = 1
    SigningAlgorithm: _SigningAlgorithm
    AWS_SIGV4: _Final = 0
    AWS_SIGV4A: _Final = 1
    class QueryString(_Message):
        @_property
        def expiration_time(self) -> _google_protobuf.Duration: ...
        def __init__(_self, *, expiration_time: _google_protobuf.Duration | _timedelta | None = ...) -> None: ...
        def HasField(self, field_name: _Literal["expiration_time"]) -> _bool: ...
        def ClearField(self, field_name: _Literal["expiration_time"]) -> None: ...
    service_name: _str
    region: _str
    host_rewrite: _str
    use_unsigned_payload: _bool
    @_property
    def match_excluded_headers(self) -> _RepeatedCompositeFieldContainer[_envoy_type_matcher_v3.StringMatcher]: ...
    signing_algorithm: _int
    @_property
    def query_string(self) -> _envoy_extensions_filters_http_aws_request_signing_v3.AwsRequestSigning.QueryString: ...
    @_property
    def credential_provider(self) -> _envoy_extensions_common_aws_v3.AwsCredentialProvider: ...
    @_property
    def match_included_headers(self) -> _RepeatedCompositeFieldContainer[_envoy_type_matcher_v3.StringMatcher]: ...
    def __init__(_self, *, service_name: _str = ..., region: _str = ..., host_rewrite: _str = ..., use_unsigned_payload: _bool = ..., match_excluded_headers: _Iterable[_envoy_type_matcher_v3.StringMatcher] = ..., signing_algorithm: _int = ..., query_string: _envoy_extensions_filters_http_aws_request_signing_v3.AwsRequestSigning.QueryString | None = ..., credential_provider: _envoy_extensions_common_aws_v3.AwsCredentialProvider | None = ..., match_included_headers: _Iterable[_envoy_type_matcher_v3.StringMatcher] = ...) -> None: ...
    def HasField(self, field_name: _Literal["query_string", "credential_provider"]) -> _bool: ...
    def ClearField(self, field_name: _Literal["service_name", "region", "host_rewrite", "use_unsigned_payload", "match_excluded_headers", "signing_algorithm", "query_string", "credential_provider", "match_included_headers"]) -> None: ...

class AwsRequestSigningPerRoute(_Message):
    @_property
    def aws_request_signing(self) -> _envoy_extensions_filters_http_aws_request_signing_v3.AwsRequestSigning: ...
    stat_prefix: _str
    def __init__(_self, *, aws_request_signing: _envoy_extensions_filters_http_aws_request_signing_v3.AwsRequestSigning | None = ..., stat_prefix: _str = ...) -> None: ...
    def HasField(self, field_name: _Literal["aws_request_signing"]) -> _bool: ...
    def ClearField(self, field_name: _Literal["aws_request_signing", "stat_prefix"]) -> None: ...
