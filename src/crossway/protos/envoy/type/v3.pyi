# envoy.type.v3 of Envoy 1.39.3, written by tools/protos.py.
from builtins import bool as _bool, float as _float, int as _int, property as _property, str as _str
from datetime import timedelta as _timedelta
from typing import Final as _Final, Literal as _Literal
from google.protobuf.internal.enum_type_wrapper import EnumTypeWrapper as _EnumTypeWrapper
from google.protobuf.message import Message as _Message
import crossway.protos.envoy.type.v3 as _envoy_type_v3
import crossway.protos.google.protobuf as _google_protobuf

class HashPolicy(_Message):
    class SourceIp(_Message):
        def __init__(_self) -> None: ...
    class FilterState(_Message):
        key: _str
        def __init__(_self, *, key: _str = ...) -> None: ...
        def ClearField(self, field_name: _Literal["key"]) -> None: ...
    @_property
    def source_ip(self) -> _envoy_type_v3.HashPolicy.SourceIp: ...
    @_property
    def filter_state(self) -> _envoy_type_v3.HashPolicy.FilterState: ...
    def __init__(_self, *, source_ip: _envoy_type_v3.HashPolicy.SourceIp | None = ..., filter_state: _envoy_type_v3.HashPolicy.FilterState | None = ...) -> None: ...
    def HasField(self, field_name: _Literal["source_ip", "filter_state", "policy_specifier"]) -> _bool: ...
    def ClearField(self, field_name: _Literal["source_ip", "filter_state", "policy_specifier"]) -> None: ...
    def WhichOneof(self, oneof_group: _Literal["policy_specifier"]) -> _Literal["source_ip", "filter_state"] | None: ...

class _CodecClientType(_EnumTypeWrapper):
    HTTP1: _Final = 0
    HTTP2: _Final = 1
    HTTP3: _Final = 2
CodecClientType: _CodecClientType

class _StatusCode(_EnumTypeWrapper):
    Empty: _Final = 0
    Continue: _Final = 100
    OK: _Final = 200
    Created: _Final = 201
    Accepted: _Final = 202
    NonAuthoritativeInformation: _Final = 203
    NoContent: _Final = 204
    ResetContent: _Final = 205
    PartialContent: _Final = 206
    MultiStatus: _Final = 207
    AlreadyReported: _Final = 208
    IMUsed: _Final = 226
    MultipleChoices: _Final = 300
    MovedPermanently: _Final = 301
    Found: _Final = 302
    SeeOther: _Final = 303
    NotModified: _Final = 304
    UseProxy: _Final = 305
    TemporaryRedirect: _Final = 307
    PermanentRedirect: _Final = 308
    BadRequest: _Final = 400
    Unauthorized: _Final = 401
    PaymentRequired: _Final = 402
    Forbidden: _Final = 403
    NotFound: _Final = 404
    MethodNotAllowed: _Final = 405
    NotAcceptable: _Final = 406
    ProxyAuthenticationRequired: _Final = 407
    RequestTimeout: _Final = 408
    Conflict: _Final = 409
    Gone: _Final = 410
    LengthRequired: _Final = 411
    PreconditionFailed: _Final = 412
    PayloadTooLarge: _Final = 413
    URITooLong: _Final = 414
    UnsupportedMediaType: _Final = 415
    RangeNotSatisfiable: _Final = 416
    ExpectationFailed: _Final = 417
    MisdirectedRequest: _Final = 421
    UnprocessableEntity: _Final = 422
    Locked: _Final = 423
    FailedDependency: _Final = 424
    UpgradeRequired: _Final = 426
    PreconditionRequired: _Final = 428
    TooManyRequests: _Final = 429
    RequestHeaderFieldsTooLarge: _Final = 431
    InternalServerError: _Final = 500
    NotImplemented: _Final = 501
    BadGateway: _Final = 502
    ServiceUnavailable: _Final = 503
    GatewayTimeout: _Final = 504
    HTTPVersionNotSupported: _Final = 505
    VariantAlsoNegotiates: _Final = 506
    InsufficientStorage: _Final = 507
    LoopDetected: _Final = 508
    NotExtended: _Final = 510
    NetworkAuthenticationRequired: _Final = 511
StatusCode: _StatusCode

class HttpStatus(_Message):
    code: _int
    def __init__(_self, *, code: _int = ...) -> None: ...
    def ClearField(self, field_name: _Literal["code"]) -> None: ...

class Percent(_Message):
    value: _float
    def __init__(_self, *, value: _float = ...) -> None: ...
    def ClearField(self, field_name: _Literal["value"]) -> None: ...

class FractionalPercent(_Message):
    class _DenominatorType(_EnumTypeWrapper):
        HUNDRED: _Final = 0
        TEN_THOUSAND: _Final = 1
        MILLION: _Final = 2
    DenominatorType: _DenominatorType
    HUNDRED: _Final = 0
    TEN_THOUSAND: _Final = 1
    MILLION: _Final = 2
    numerator: _int
    denominator: _int
    def __init__(_self, *, numerator: _int = ..., denominator: _int = ...) -> None: ...
    def ClearField(self, field_name: _Literal["numerator", "denominator"]) -> None: ...

class Int64Range(_Message):
    start: _int
    end: _int
    def __init__(_self, *, start: _int = ..., end: _int = ...) -> None: ...
    def ClearField(self, field_name: _Literal["start", "end"]) -> None: ...

class Int32Range(_Message):
    start: _int
    end: _int
    def __init__(_self, *, start: _int = ..., end: _int = ...) -> None: ...
    def ClearField(self, field_name: _Literal["start", "end"]) -> None: ...

class DoubleRange(_Message):
    start: _float
    end: _float
    def __init__(_self, *, start: _float = ..., end: _float = ...) -> None: ...
    def ClearField(self, field_name: _Literal["start", "end"]) -> None: ...

class RateLimitStrategy(_Message):
    class _BlanketRule(_EnumTypeWrapper):
        ALLOW_ALL: _Final = 0
        DENY_ALL: _Final = 1
    BlanketRule: _BlanketRule
    ALLOW_ALL: _Final = 0
    DENY_ALL: _Final = 1
    class RequestsPerTimeUnit(_Message):
        requests_per_time_unit: _int
        time_unit: _int
        def __init__(_self, *, requests_per_time_unit: _int = ..., time_unit: _int = ...) -> None: ...
        def ClearField(self, field_name: _Literal["requests_per_time_unit", "time_unit"]) -> None: ...
    blanket_rule: _int
    @_property
    def requests_per_time_unit(self) -> _envoy_type_v3.RateLimitStrategy.RequestsPerTimeUnit: ...
    @_property
    def token_bucket(self) -> _envoy_type_v3.TokenBucket: ...
    def __init__(_self, *, blanket_rule: _int = ..., requests_per_time_unit: _envoy_type_v3.RateLimitStrategy.RequestsPerTimeUnit | None = ..., token_bucket: _envoy_type_v3.TokenBucket | None = ...) -> None: ...
    def HasField(self, field_name: _Literal["blanket_rule", "requests_per_time_unit", "token_bucket", "strategy"]) -> _bool: ...
    def ClearField(self, field_name: _Literal["blanket_rule", "requests_per_time_unit", "token_bucket", "strategy"]) -> None: ...
    def WhichOneof(self, oneof_group: _Literal["strategy"]) -> _Literal["blanket_rule", "requests_per_time_unit", "token_bucket"] | None: ...

class _RateLimitUnit(_EnumTypeWrapper):
    UNKNOWN: _Final = 0
    SECOND: _Final = 1
    MINUTE: _Final = 2
    HOUR: _Final = 3
    DAY: _Final = 4
    MONTH: _Final = 5
    YEAR: _Final = 6
RateLimitUnit: _RateLimitUnit

class Scope(_Message):
    @_property
    def max_counters(self) -> _google_protobuf.UInt32Value: ...
    @_property
    def max_gauges(self) -> _google_protobuf.UInt32Value: ...
    @_property
    def max_histograms(self) -> _google_protobuf.UInt32Value: ...
    enable_eviction: _bool
    prefix: _str
    sharing_name: _str
    def __init__(_self, *, max_counters: _google_protobuf.UInt32Value | None = ..., max_gauges: _google_protobuf.UInt32Value | None = ..., max_histograms: _google_protobuf.UInt32Value | None = ..., enable_eviction: _bool = ..., prefix: _str = ..., sharing_name: _str = ...) -> None: ...
    def HasField(self, field_name: _Literal["max_counters", "max_gauges", "max_histograms"]) -> _bool: ...
    def ClearField(self, field_name: _Literal["max_counters", "max_gauges", "max_histograms", "enable_eviction", "prefix", "sharing_name"]) -> None: ...

class SemanticVersion(_Message):
    major_number: _int
    minor_number: _int
    patch: _int
    def __init__(_self, *, major_number: _int = ..., minor_number: _int = ..., patch: _int = ...) -> None: ...
    def ClearField(self, field_name: _Literal["major_number", "minor_number", "patch"]) -> None: ...

class TokenBucket(_Message):
    max_tokens: _int
    @_property
    def tokens_per_fill(self) -> _google_protobuf.UInt32Value: ...
    @_property
    def fill_interval(self) -> _google_protobuf.Duration: ...
    def __init__(_self, *, max_tokens: _int = ..., tokens_per_fill: _google_protobuf.UInt32Value | None = ..., fill_interval: _google_protobuf.Duration | _timedelta | None = ...) -> None: ...
    def HasField(self, field_name: _Literal["tokens_per_fill", "fill_interval"]) -> _bool: ...
    def ClearField(self, field_name: _Literal["max_tokens", "tokens_per_fill", "fill_interval"]) -> None: ...
