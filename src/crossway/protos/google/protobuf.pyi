# google.protobuf of Envoy 1.39.3, written by tools/protos.py.
from builtins import bool as _bool, bytes as _bytes, float as _float, int as _int, property as _property, str as _str
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import Final as _Final, Literal as _Literal
from google.protobuf.internal import well_known_types as _well_known_types
from google.protobuf.internal.containers import MessageMap as _MessageMap, RepeatedCompositeFieldContainer as _RepeatedCompositeFieldContainer, RepeatedScalarFieldContainer as _RepeatedScalarFieldContainer
from google.protobuf.internal.enum_type_wrapper import EnumTypeWrapper as _EnumTypeWrapper
from google.protobuf.message import Message as _Message
import crossway.protos.google.protobuf as _google_protobuf

class Any(_well_known_types.Any, _Message):
    type_url: _str
    value: _bytes
    def __init__(_self, *, type_url: _str = ..., value: _bytes = ...) -> None: ...
    def ClearField(self, field_name: _Literal["type_url", "value"]) -> None: ...

class _Edition(_EnumTypeWrapper):
    EDITION_UNKNOWN: _Final = 0
    EDITION_LEGACY: _Final = 900
    EDITION_PROTO2: _Final = 998
    EDITION_PROTO3: _Final = 999
    EDITION_2023: _Final = 1000
    EDITION_2024: _Final = 1001
    EDITION_2026: _Final = 1002
    EDITION_UNSTABLE: _Final = 9999
    EDITION_1_TEST_ONLY: _Final = 1
    EDITION_2_TEST_ONLY: _Final = 2
    EDITION_99997_TEST_ONLY: _Final = 99997
    EDITION_99998_TEST_ONLY: _Final = 99998
    EDITION_99999_TEST_ONLY: _Final = 99999
    EDITION_MAX: _Final = 2147483647
Edition: _Edition

class _SymbolVisibility(_EnumTypeWrapper):
    VISIBILITY_UNSET: _Final = 0
    VISIBILITY_LOCAL: _Final = 1
    VISIBILITY_EXPORT: _Final = 2
SymbolVisibility: _SymbolVisibility

class FileDescriptorSet(_Message):
    @_property
    def file(self) -> _RepeatedCompositeFieldContainer[_google_protobuf.FileDescriptorProto]: ...
    def __init__(_self, *, file: _Iterable[_google_protobuf.FileDescriptorProto] = ...) -> None: ...
    def ClearField(self, field_name: _Literal["file"]) -> None: ...

class FileDescriptorProto(_Message):
    name: _str
    package: _str
    @_property
    def dependency(self) -> _RepeatedScalarFieldContainer[_str]: ...
    @_property
    def public_dependency(self) -> _RepeatedScalarFieldContainer[_int]: ...
    @_property
    def weak_dependency(self) -> _RepeatedScalarFieldContainer[_int]: ...
    @_property
    def option_dependency(self) -> _RepeatedScalarFieldContainer[_str]: ...
    @_property
    def message_type(self) -> _RepeatedCompositeFieldContainer[_google_protobuf.DescriptorProto]: ...
    @_property
    def enum_type(self) -> _RepeatedCompositeFieldContainer[_google_protobuf.EnumDescriptorProto]: ...
    @_property
    def service(self) -> _RepeatedCompositeFieldContainer[_google_protobuf.ServiceDescriptorProto]: ...
    @_property
    def extension(self) -> _RepeatedCompositeFieldContainer[_google_protobuf.FieldDescriptorProto]: ...
    @_property
    def options(self) -> _google_protobuf.FileOptions: ...
    @_property
    def source_code_info(self) -> _google_protobuf.SourceCodeInfo: ...
    syntax: _str
    edition: _int
    def __init__(_self, *, name: _str = ..., package: _str = ..., dependency: _Iterable[_str] = ..., public_dependency: _Iterable[_int] = ..., weak_dependency: _Iterable[_int] = ..., option_dependency: _Iterable[_str] = ..., message_type: _Iterable[_google_protobuf.DescriptorProto] = ..., enum_type: _Iterable[_google_protobuf.EnumDescriptorProto] = ..., service: _Iterable[_google_protobuf.ServiceDescriptorProto] = ..., extension: _Iterable[_google_protobuf.FieldDescriptorProto] = ..., options: _google_protobuf.FileOptions | None = ..., source_code_info: _google_protobuf.SourceCodeInfo | None = ..., syntax: _str = ..., edition: _int = ...) -> None: ...
    def HasField(self, field_name: _Literal["name", "package", "options", "source_code_info", "syntax", "edition"]) -> _bool: ...
    def ClearField(self, field_name: _Literal["name", "package", "dependency", "public_dependency", "weak_dependency", "option_dependency", "message_type", "enum_type", "service", "extension", "options", "source_code_info", "syntax", "edition"]) -> None: ...

class DescriptorProto(_Message):
    class ExtensionRange(_Message):
        start: _int
        end: _int
        @_property
        def options(self) -> _google_protobuf.ExtensionRangeOptions: ...
        def __init__(_self, *, start: _int = ..., end: _int = ..., options: _google_protobuf.ExtensionRangeOptions | None = ...) -> None: ...
        def HasField(self, field_name: _Literal["start", "end", "options"]) -> _bool: ...
        def ClearField(self, field_name: _Literal["start", "end", "options"]) -> None: ...
    class ReservedRange(_Message):
        start: _int
        end: _int
        def __init__(_self, *, start: _int = ..., end: _int = ...) -> None: ...
        def HasField(self, field_name: _Literal["start", "end"]) -> _bool: ...
        def ClearField(self, field_name: _Literal["start", "end"]) -> None: ...
    name: _str
    @_property
    def field(self) -> _RepeatedCompositeFieldContainer[_google_protobuf.FieldDescriptorProto]: ...
    @_property
    def extension(self) -> _RepeatedCompositeFieldContainer[_google_protobuf.FieldDescriptorProto]: ...
    @_property
    def nested_type(self) -> _RepeatedCompositeFieldContainer[_google_protobuf.DescriptorProto]: ...
    @_property
    def enum_type(self) -> _RepeatedCompositeFieldContainer[_google_protobuf.EnumDescriptorProto]: ...
    @_property
    def extension_range(self) -> _RepeatedCompositeFieldContainer[_google_protobuf.DescriptorProto.ExtensionRange]: ...
    @_property
    def oneof_decl(self) -> _RepeatedCompositeFieldContainer[_google_protobuf.OneofDescriptorProto]: ...
    @_property
    def options(self) -> _google_protobuf.MessageOptions: ...
    @_property
    def reserved_range(self) -> _RepeatedCompositeFieldContainer[_google_protobuf.DescriptorProto.ReservedRange]: ...
    @_property
    def reserved_name(self) -> _RepeatedScalarFieldContainer[_str]: ...
    visibility: _int
    def __init__(_self, *, name: _str = ..., field: _Iterable[_google_protobuf.FieldDescriptorProto] = ..., extension: _Iterable[_google_protobuf.FieldDescriptorProto] = ..., nested_type: _Iterable[_google_protobuf.DescriptorProto] = ..., enum_type: _Iterable[_google_protobuf.EnumDescriptorProto] = ..., extension_range: _Iterable[_google_protobuf.DescriptorProto.ExtensionRange] = ..., oneof_decl: _Iterable[_google_protobuf.OneofDescriptorProto] = ..., options: _google_protobuf.MessageOptions | None = ..., reserved_range: _Iterable[_google_protobuf.DescriptorProto.ReservedRange] = ..., reserved_name: _Iterable[_str] = ..., visibility: _int = ...) -> None: ...
    def HasField(self, field_name: _Literal["name", "options", "visibility"]) -> _bool: ...
    def ClearField(self, field_name: _Literal["name", "field", "extension", "nested_type", "enum_type", "extension_range", "oneof_decl", "options", "reserved_range", "reserved_name", "visibility"]) -> None: ...

class ExtensionRangeOptions(_Message):
    class _VerificationState(_EnumTypeWrapper):
        DECLARATION: _Final = 0
        UNVERIFIED: _Final = 1
    VerificationState: _VerificationState
    DECLARATION: _Final = 0
    UNVERIFIED: _Final = 1
    class Declaration(_Message):
        number: _int
        full_name: _str
        type: _str
        reserved: _bool
        repeated: _bool
        def __init__(_self, *, number: _int = ..., full_name: _str = ..., type: _str = ..., reserved: _bool = ..., repeated: _bool = ...) -> None: ...
        def HasField(self, field_name: _Literal["number", "full_name", "type", "reserved", "repeated"]) -> _bool: ...
        def ClearField(self, field_name: _Literal["number", "full_name", "type", "reserved", "repeated"]) -> None: ...
    @_property
    def uninterpreted_option(self) -> _RepeatedCompositeFieldContainer[_google_protobuf.UninterpretedOption]: ...
    @_property
    def declaration(self) -> _RepeatedCompositeFieldContainer[_google_protobuf.ExtensionRangeOptions.Declaration]: ...
    @_property
    def features(self) -> _google_protobuf.FeatureSet: ...
    verification: _int
    def __init__(_self, *, uninterpreted_option: _Iterable[_google_protobuf.UninterpretedOption] = ..., declaration: _Iterable[_google_protobuf.ExtensionRangeOptions.Declaration] = ..., features: _google_protobuf.FeatureSet | None = ..., verification: _int = ...) -> None: ...
    def HasField(self, field_name: _Literal["features", "verification"]) -> _bool: ...
    def ClearField(self, field_name: _Literal["uninterpreted_option", "declaration", "features", "verification"]) -> None: ...

class FieldDescriptorProto(_Message):
    class _Type(_EnumTypeWrapper):
        TYPE_DOUBLE: _Final = 1
        TYPE_FLOAT: _Final = 2
        TYPE_INT64: _Final = 3
        TYPE_UINT64: _Final = 4
        TYPE_INT32: _Final = 5
        TYPE_FIXED64: _Final = 6
        TYPE_FIXED32: _Final = 7
        TYPE_BOOL: _Final = 8
        TYPE_STRING: _Final = 9
        TYPE_GROUP: _Final = 10
        TYPE_MESSAGE: _Final = 11
        TYPE_BYTES: _Final = 12
        TYPE_UINT32: _Final = 13
        TYPE_ENUM: _Final = 14
        TYPE_SFIXED32: _Final = 15
        TYPE_SFIXED64: _Final = 16
        TYPE_SINT32: _Final = 17
        TYPE_SINT64: _Final = 18
    Type: _Type
    TYPE_DOUBLE: _Final = 1
    TYPE_FLOAT: _Final = 2
    TYPE_INT64: _Final = 3
    TYPE_UINT64: _Final = 4
    TYPE_INT32: _Final = 5
    TYPE_FIXED64: _Final = 6
    TYPE_FIXED32: _Final = 7
    TYPE_BOOL: _Final = 8
    TYPE_STRING: _Final = 9
    TYPE_GROUP: _Final = 10
    TYPE_MESSAGE: _Final = 11
    TYPE_BYTES: _Final = 12
    TYPE_UINT32: _Final = 13
    TYPE_ENUM: _Final = 14
    TYPE_SFIXED32: _Final = 15
    TYPE_SFIXED64: _Final = 16
    TYPE_SINT32: _Final = 17
    TYPE_SINT64: _Final = 18
    class _Label(_EnumTypeWrapper):
        LABEL_OPTIONAL: _Final = 1
        LABEL_REPEATED: _Final = 3
        LABEL_REQUIRED: _Final = 2
    Label: _Label
    LABEL_OPTIONAL: _Final = 1
    LABEL_REPEATED: _Final = 3
    LABEL_REQUIRED: _Final = 2
    name: _str
    number: _int
    label: _int
    type: _int
    type_name: _str
    extendee: _str
    default_value: _str
    oneof_index: _int
    json_name: _str
    @_property
    def options(self) -> _google_protobuf.FieldOptions: ...
    proto3_optional: _bool
    def __init__(_self, *, name: _str = ..., number: _int = ..., label: _int = ..., type: _int = ..., type_name: _str = ..., extendee: _str = ..., default_value: _str = ..., oneof_index: _int = ..., json_name: _str = ..., options: _google_protobuf.FieldOptions | None = ..., proto3_optional: _bool = ...) -> None: ...
    def HasField(self, field_name: _Literal["name", "number", "label", "type", "type_name", "extendee", "default_value", "oneof_index", "json_name", "options", "proto3_optional"]) -> _bool: ...
    def ClearField(self, field_name: _Literal["name", "number", "label", "type", "type_name", "extendee", "default_value", "oneof_index", "json_name", "options", "proto3_optional"]) -> None: ...

class OneofDescriptorProto(_Message):
    name: _str
    @_property
    def options(self) -> _google_protobuf.OneofOptions: ...
    def __init__(_self, *, name: _str = ..., options: _google_protobuf.OneofOptions | None = ...) -> None: ...
    def HasField(self, field_name: _Literal["name", "options"]) -> _bool: ...
    def ClearField(self, field_name: _Literal["name", "options"]) -> None: ...

class EnumDescriptorProto(_Message):
    class EnumReservedRange(_Message):
        start: _int
        end: _int
        def __init__(_self, *, start: _int = ..., end: _int = ...) -> None: ...
        def HasField(self, field_name: _Literal["start", "end"]) -> _bool: ...
        def ClearField(self, field_name: _Literal["start", "end"]) -> None: ...
    name: _str
    @_property
    def value(self) -> _RepeatedCompositeFieldContainer[_google_protobuf.EnumValueDescriptorProto]: ...
    @_property
    def options(self) -> _google_protobuf.EnumOptions: ...
    @_property
    def reserved_range(self) -> _RepeatedCompositeFieldContainer[_google_protobuf.EnumDescriptorProto.EnumReservedRange]: ...
    @_property
    def reserved_name(self) -> _RepeatedScalarFieldContainer[_str]: ...
    visibility: _int
    def __init__(_self, *, name: _str = ..., value: _Iterable[_google_protobuf.EnumValueDescriptorProto] = ..., options: _google_protobuf.EnumOptions | None = ..., reserved_range: _Iterable[_google_protobuf.EnumDescriptorProto.EnumReservedRange] = ..., reserved_name: _Iterable[_str] = ..., visibility: _int = ...) -> None: ...
    def HasField(self, field_name: _Literal["name", "options", "visibility"]) -> _bool: ...
    def ClearField(self, field_name: _Literal["name", "value", "options", "reserved_range", "reserved_name", "visibility"]) -> None: ...

class EnumValueDescriptorProto(_Message):
    name: _str
    number: _int
    @_property
    def options(self) -> _google_protobuf.EnumValueOptions: ...
    def __init__(_self, *, name: _str = ..., number: _int = ..., options: _google_protobuf.EnumValueOptions | None = ...) -> None: ...
    def HasField(self, field_name: _Literal["name", "number", "options"]) -> _bool: ...
    def ClearField(self, field_name: _Literal["name", "number", "options"]) -> None: ...

class ServiceDescriptorProto(_Message):
    name: _str
    @_property
    def method(self) -> _RepeatedCompositeFieldContainer[_google_protobuf.MethodDescriptorProto]: ...
    @_property
    def options(self) -> _google_protobuf.ServiceOptions: ...
    def __init__(_self, *, name: _str = ..., method: _Iterable[_google_protobuf.MethodDescriptorProto] = ..., options: _google_protobuf.ServiceOptions | None = ...) -> None: ...
    def HasField(self, field_name: _Literal["name", "options"]) -> _bool: ...
    def ClearField(self, field_name: _Literal["name", "method", "options"]) -> None: ...

class MethodDescriptorProto(_Message):
    name: _str
    input_type: _str
    output_type: _str
    @_property
    def options(self) -> _google_protobuf.MethodOptions: ...
    client_streaming: _bool
    server_streaming: _bool
    def __init__(_self, *, name: _str = ..., input_type: _str = ..., output_type: _str = ..., options: _google_protobuf.MethodOptions | None = ..., client_streaming: _bool = ..., server_streaming: _bool = ...) -> None: ...
    def HasField(self, field_name: _Literal["name", "input_type", "output_type", "options", "client_streaming", "server_streaming"]) -> _bool: ...
    def ClearField(self, field_name: _Literal["name", "input_type", "output_type", "options", "client_streaming", "server_streaming"]) -> None: ...

class FileOptions(_Message):
    class _OptimizeMode(_EnumTypeWrapper):
        SPEED: _Final = 1
        CODE_SIZE: _Final = 2
        LITE_RUNTIME: _Final = 3
    OptimizeMode: _OptimizeMode
    SPEED: _Final = 1
    CODE_SIZE: _Final = 2
    LITE_RUNTIME: _Final = 3
    java_package: _str
    java_outer_classname: _str
    java_multiple_files: _bool
    java_generate_equals_and_hash: _bool
    java_string_check_utf8: _bool
    optimize_for: _int
    go_package: _str
    cc_generic_services: _bool
    java_generic_services: _bool
    py_generic_services: _bool
    deprecated: _bool
    cc_enable_arenas: _bool
    objc_class_prefix: _str
    csharp_namespace: _str
    swift_prefix: _str
    php_class_prefix: _str
    php_namespace: _str
    php_metadata_namespace: _str
    ruby_package: _str
    @_property
    def features(self) -> _google_protobuf.FeatureSet: ...
    @_property
    def uninterpreted_option(self) -> _RepeatedCompositeFieldContainer[_google_protobuf.UninterpretedOption]: ...
    def __init__(_self, *, java_package: _str = ..., java_outer_classname: _str = ..., java_multiple_files: _bool = ..., java_generate_equals_and_hash: _bool = ..., java_string_check_utf8: _bool = ..., optimize_for: _int = ..., go_package: _str = ..., cc_generic_services: _bool = ..., java_generic_services: _bool = ..., py_generic_services: _bool = ..., deprecated: _bool = ..., cc_enable_arenas: _bool = ..., objc_class_prefix: _str = ..., csharp_namespace: _str = ..., swift_prefix: _str = ..., php_class_prefix: _str = ..., php_namespace: _str = ..., php_metadata_namespace: _str = ..., ruby_package: _str = ..., features: _google_protobuf.FeatureSet | None = ..., uninterpreted_option: _Iterable[_google_protobuf.UninterpretedOption] = ...) -> None: ...
    def HasField(self, field_name: _Literal["java_package", "java_outer_classname", "java_multiple_files", "java_generate_equals_and_hash", "java_string_check_utf8", "optimize_for", "go_package", "cc_generic_services", "java_generic_services", "py_generic_services", "deprecated", "cc_enable_arenas", "objc_class_prefix", "csharp_namespace", "swift_prefix", "php_class_prefix", "php_namespace", "php_metadata_namespace", "ruby_package", "features"]) -> _bool: ...
    def ClearField(self, field_name: _Literal["java_package", "java_outer_classname", "java_multiple_files", "java_generate_equals_and_hash", "java_string_check_utf8", "optimize_for", "go_package", "cc_generic_services", "java_generic_services", "py_generic_services", "deprecated", "cc_enable_arenas", "objc_class_prefix", "csharp_namespace", "swift_prefix", "php_class_prefix", "php_namespace", "php_metadata_namespace", "ruby_package", "features", "uninterpreted_option"]) -> None: ...

class MessageOptions(_Message):
    message_set_wire_format: _bool
    no_standard_descriptor_accessor: _bool
    deprecated: _bool
    map_entry: _bool
    deprecated_legacy_json_field_conflicts: _bool
    @_property
    def features(self) -> _google_protobuf.FeatureSet: ...
    @_property
    def uninterpreted_option(self) -> _RepeatedCompositeFieldContainer[_google_protobuf.UninterpretedOption]: ...
    def __init__(_self, *, message_set_wire_format: _bool = ..., no_standard_descriptor_accessor: _bool = ..., deprecated: _bool = ..., map_entry: _bool = ..., deprecated_legacy_json_field_conflicts: _bool = ..., features: _google_protobuf.FeatureSet | None = ..., uninterpreted_option: _Iterable[_google_protobuf.UninterpretedOption] = ...) -> None: ...
    def HasField(self, field_name: _Literal["message_set_wire_format", "no_standard_descriptor_accessor", "deprecated", "map_entry", "deprecated_legacy_json_field_conflicts", "features"]) -> _bool: ...
    def ClearField(self, field_name: _Literal["message_set_wire_format", "no_standard_descriptor_accessor", "deprecated", "map_entry", "deprecated_legacy_json_field_conflicts", "features", "uninterpreted_option"]) -> None: ...

class FieldOptions(_Message):
    class _CType(_EnumTypeWrapper):
        STRING: _Final = 0
        CORD: _Final = 1
        STRING_PIECE: _Final = 2
    CType: _CType
    STRING: _Final = 0
    CORD: _Final = 1
    STRING_PIECE: _Final = 2
    class _JSType(_EnumTypeWrapper):
        JS_NORMAL: _Final = 0
        JS_STRING: _Final = 1
        JS_NUMBER: _Final = 2
    JSType: _JSType
    JS_NORMAL: _Final = 0
    JS_STRING: _Final = 1
    JS_NUMBER: _Final = 2
    class _OptionRetention(_EnumTypeWrapper):
        RETENTION_UNKNOWN: _Final = 0
        RETENTION_RUNTIME: _Final = 1
        RETENTION_SOURCE: _Final = 2
    OptionRetention: _OptionRetention
    RETENTION_UNKNOWN: _Final = 0
    RETENTION_RUNTIME: _Final = 1
    RETENTION_SOURCE: _Final = 2
    class _OptionTargetType(_EnumTypeWrapper):
        TARGET_TYPE_UNKNOWN: _Final = 0
        TARGET_TYPE_FILE: _Final = 1
        TARGET_TYPE_EXTENSION_RANGE: _Final = 2
        TARGET_TYPE_MESSAGE: _Final = 3
        TARGET_TYPE_FIELD: _Final = 4
        TARGET_TYPE_ONEOF: _Final = 5
        TARGET_TYPE_ENUM: _Final = 6
        TARGET_TYPE_ENUM_ENTRY: _Final = 7
        TARGET_TYPE_SERVICE: _Final = 8
        TARGET_TYPE_METHOD: _Final = 9
    OptionTargetType: _OptionTargetType
    TARGET_TYPE_UNKNOWN: _Final = 0
    TARGET_TYPE_FILE: _Final = 1
    TARGET_TYPE_EXTENSION_RANGE: _Final = 2
    TARGET_TYPE_MESSAGE: _Final = 3
    TARGET_TYPE_FIELD: _Final = 4
    TARGET_TYPE_ONEOF: _Final = 5
    TARGET_TYPE_ENUM: _Final = 6
    TARGET_TYPE_ENUM_ENTRY: _Final = 7
    TARGET_TYPE_SERVICE: _Final = 8
    TARGET_TYPE_METHOD: _Final = 9
    class EditionDefault(_Message):
        edition: _int
        value: _str
        def __init__(_self, *, edition: _int = ..., value: _str = ...) -> None: ...
        def HasField(self, field_name: _Literal["edition", "value"]) -> _bool: ...
        def ClearField(self, field_name: _Literal["edition", "value"]) -> None: ...
    class FeatureSupport(_Message):
        edition_introduced: _int
        edition_deprecated: _int
        deprecation_warning: _str
        edition_removed: _int
        removal_error: _str
        def __init__(_self, *, edition_introduced: _int = ..., edition_deprecated: _int = ..., deprecation_warning: _str = ..., edition_removed: _int = ..., removal_error: _str = ...) -> None: ...
        def HasField(self, field_name: _Literal["edition_introduced", "edition_deprecated", "deprecation_warning", "edition_removed", "removal_error"]) -> _bool: ...
        def ClearField(self, field_name: _Literal["edition_introduced", "edition_deprecated", "deprecation_warning", "edition_removed", "removal_error"]) -> None: ...
    ctype: _int
    packed: _bool
    jstype: _int
    lazy: _bool
    unverified_lazy: _bool
    deprecated: _bool
    weak: _bool
    debug_redact: _bool
    retention: _int
    @_property
    def targets(self) -> _RepeatedScalarFieldContainer[_int]: ...
    @_property
    def edition_defaults(self) -> _RepeatedCompositeFieldContainer[_google_protobuf.FieldOptions.EditionDefault]: ...
    @_property
    def features(self) -> _google_protobuf.FeatureSet: ...
    @_property
    def feature_support(self) -> _google_protobuf.FieldOptions.FeatureSupport: ...
    @_property
    def uninterpreted_option(self) -> _RepeatedCompositeFieldContainer[_google_protobuf.UninterpretedOption]: ...
    def __init__(_self, *, ctype: _int = ..., packed: _bool = ..., jstype: _int = ..., lazy: _bool = ..., unverified_lazy: _bool = ..., deprecated: _bool = ..., weak: _bool = ..., debug_redact: _bool = ..., retention: _int = ..., targets: _Iterable[_int] = ..., edition_defaults: _Iterable[_google_protobuf.FieldOptions.EditionDefault] = ..., features: _google_protobuf.FeatureSet | None = ..., feature_support: _google_protobuf.FieldOptions.FeatureSupport | None = ..., uninterpreted_option: _Iterable[_google_protobuf.UninterpretedOption] = ...) -> None: ...
    def HasField(self, field_name: _Literal["ctype", "packed", "jstype", "lazy", "unverified_lazy", "deprecated", "weak", "debug_redact", "retention", "features", "feature_support"]) -> _bool: ...
    def ClearField(self, field_name: _Literal["ctype", "packed", "jstype", "lazy", "unverified_lazy", "deprecated", "weak", "debug_redact", "retention", "targets", "edition_defaults", "features", "feature_support", "uninterpreted_option"]) -> None: ...

class OneofOptions(_Message):
    @_property
    def features(self) -> _google_protobuf.FeatureSet: ...
    @_property
    def uninterpreted_option(self) -> _RepeatedCompositeFieldContainer[_google_protobuf.UninterpretedOption]: ...
    def __init__(_self, *, features: _google_protobuf.FeatureSet | None = ..., uninterpreted_option: _Iterable[_google_protobuf.UninterpretedOption] = ...) -> None: ...
    def HasField(self, field_name: _Literal["features"]) -> _bool: ...
    def ClearField(self, field_name: _Literal["features", "uninterpreted_option"]) -> None: ...

class EnumOptions(_Message):
    allow_alias: _bool
    deprecated: _bool
    deprecated_legacy_json_field_conflicts: _bool
    @_property
    def features(self) -> _google_protobuf.FeatureSet: ...
    @_property
    def uninterpreted_option(self) -> _RepeatedCompositeFieldContainer[_google_protobuf.UninterpretedOption]: ...
    def __init__(_self, *, allow_alias: _bool = ..., deprecated: _bool = ..., deprecated_legacy_json_field_conflicts: _bool = ..., features: _google_protobuf.FeatureSet | None = ..., uninterpreted_option: _Iterable[_google_protobuf.UninterpretedOption] = ...) -> None: ...
    def HasField(self, field_name: _Literal["allow_alias", "deprecated", "deprecated_legacy_json_field_conflicts", "features"]) -> _bool: ...
    def ClearField(self, field_name: _Literal["allow_alias", "deprecated", "deprecated_legacy_json_field_conflicts", "features", "uninterpreted_option"]) -> None: ...

class EnumValueOptions(_Message):
    deprecated: _bool
    @_property
    def features(self) -> _google_protobuf.FeatureSet: ...
    debug_redact: _bool
    @_property
    def feature_support(self) -> _google_protobuf.FieldOptions.FeatureSupport: ...
    @_property
    def uninterpreted_option(self) -> _RepeatedCompositeFieldContainer[_google_protobuf.UninterpretedOption]: ...
    def __init__(_self, *, deprecated: _bool = ..., features: _google_protobuf.FeatureSet | None = ..., debug_redact: _bool = ..., feature_support: _google_protobuf.FieldOptions.FeatureSupport | None = ..., uninterpreted_option: _Iterable[_google_protobuf.UninterpretedOption] = ...) -> None: ...
    def HasField(self, field_name: _Literal["deprecated", "features", "debug_redact", "feature_support"]) -> _bool: ...
    def ClearField(self, field_name: _Literal["deprecated", "features", "debug_redact", "feature_support", "uninterpreted_option"]) -> None: ...

class ServiceOptions(_Message):
    @_property
    def features(self) -> _google_protobuf.FeatureSet: ...
    deprecated: _bool
    @_property
    def uninterpreted_option(self) -> _RepeatedCompositeFieldContainer[_google_protobuf.UninterpretedOption]: ...
    def __init__(_self, *, features: _google_protobuf.FeatureSet | None = ..., deprecated: _bool = ..., uninterpreted_option: _Iterable[_google_protobuf.UninterpretedOption] = ...) -> None: ...
    def HasField(self, field_name: _Literal["features", "deprecated"]) -> _bool: ...
    def ClearField(self, field_name: _Literal["features", "deprecated", "uninterpreted_option"]) -> None: ...

class MethodOptions(_Message):
    class _IdempotencyLevel(_EnumTypeWrapper):
        IDEMPOTENCY_UNKNOWN: _Final = 0
        NO_SIDE_EFFECTS: _Final = 1
        IDEMPOTENT: _Final = 2
    IdempotencyLevel: _IdempotencyLevel
    IDEMPOTENCY_UNKNOWN: _Final = 0
    NO_SIDE_EFFECTS: _Final = 1
    IDEMPOTENT: _Final = 2
    deprecated: _bool
    idempotency_level: _int
    @_property
    def features(self) -> _google_protobuf.FeatureSet: ...
    @_property
    def uninterpreted_option(self) -> _RepeatedCompositeFieldContainer[_google_protobuf.UninterpretedOption]: ...
    def __init__(_self, *, deprecated: _bool = ..., idempotency_level: _int = ..., features: _google_protobuf.FeatureSet | None = ..., uninterpreted_option: _Iterable[_google_protobuf.UninterpretedOption] = ...) -> None: ...
    def HasField(self, field_name: _Literal["deprecated", "idempotency_level", "features"]) -> _bool: ...
    def ClearField(self, field_name: _Literal["deprecated", "idempotency_level", "features", "uninterpreted_option"]) -> None: ...

class UninterpretedOption(_Message):
    class NamePart(_Message):
        name_part: _str
        is_extension: _bool
        def __init__(_self, *, name_part: _str = ..., is_extension: _bool = ...) -> None: ...
        def HasField(self, field_name: _Literal["name_part", "is_extension"]) -> _bool: ...
        def ClearField(self, field_name: _Literal["name_part", "is_extension"]) -> None: ...
    @_property
    def name(self) -> _RepeatedCompositeFieldContainer[_google_protobuf.UninterpretedOption.NamePart]: ...
    identifier_value: _str
    positive_int_value: _int
    negative_int_value: _int
    double_value: _float
    string_value: _bytes
    aggregate_value: _str
    def __init__(_self, *, name: _Iterable[_google_protobuf.UninterpretedOption.NamePart] = ..., identifier_value: _str = ..., positive_int_value: _int = ..., negative_int_value: _int = ..., double_value: _float = ..., string_value: _bytes = ..., aggregate_value: _str = ...) -> None: ...
    def HasField(self, field_name: _Literal["identifier_value", "positive_int_value", "negative_int_value", "double_value", "string_value", "aggregate_value"]) -> _bool: ...
    def ClearField(self, field_name: _Literal["name", "identifier_value", "positive_int_value", "negative_int_value", "double_value", "string_value", "aggregate_value"]) -> None: ...

class FeatureSet(_Message):
    class _FieldPresence(_EnumTypeWrapper):
        FIELD_PRESENCE_UNKNOWN: _Final = 0
        EXPLICIT: _Final = 1
        IMPLICIT: _Final = 2
        LEGACY_REQUIRED: _Final = 3
    FieldPresence: _FieldPresence
    FIELD_PRESENCE_UNKNOWN: _Final = 0
    EXPLICIT: _Final = 1
    IMPLICIT: _Final = 2
    LEGACY_REQUIRED: _Final = 3
    class _EnumType(_EnumTypeWrapper):
        ENUM_TYPE_UNKNOWN: _Final = 0
        OPEN: _Final = 1
        CLOSED: _Final = 2
    EnumType: _EnumType
    ENUM_TYPE_UNKNOWN: _Final = 0
    OPEN: _Final = 1
    CLOSED: _Final = 2
    class _RepeatedFieldEncoding(_EnumTypeWrapper):
        REPEATED_FIELD_ENCODING_UNKNOWN: _Final = 0
        PACKED: _Final = 1
        EXPANDED: _Final = 2
    RepeatedFieldEncoding: _RepeatedFieldEncoding
    REPEATED_FIELD_ENCODING_UNKNOWN: _Final = 0
    PACKED: _Final = 1
    EXPANDED: _Final = 2
    class _Utf8Validation(_EnumTypeWrapper):
        UTF8_VALIDATION_UNKNOWN: _Final = 0
        VERIFY: _Final = 2
        NONE: _Final = 3
    Utf8Validation: _Utf8Validation
    UTF8_VALIDATION_UNKNOWN: _Final = 0
    VERIFY: _Final = 2
    NONE: _Final = 3
    class _MessageEncoding(_EnumTypeWrapper):
        MESSAGE_ENCODING_UNKNOWN: _Final = 0
        LENGTH_PREFIXED: _Final = 1
        DELIMITED: _Final = 2
    MessageEncoding: _MessageEncoding
    MESSAGE_ENCODING_UNKNOWN: _Final = 0
    LENGTH_PREFIXED: _Final = 1
    DELIMITED: _Final = 2
    class _JsonFormat(_EnumTypeWrapper):
        JSON_FORMAT_UNKNOWN: _Final = 0
        ALLOW: _Final = 1
        LEGACY_BEST_EFFORT: _Final = 2
    JsonFormat: _JsonFormat
    JSON_FORMAT_UNKNOWN: _Final = 0
    ALLOW: _Final = 1
    LEGACY_BEST_EFFORT: _Final = 2
    class _EnforceNamingStyle(_EnumTypeWrapper):
        ENFORCE_NAMING_STYLE_UNKNOWN: _Final = 0
        STYLE2024: _Final = 1
        STYLE_LEGACY: _Final = 2
        STYLE2026: _Final = 3
    EnforceNamingStyle: _EnforceNamingStyle
    ENFORCE_NAMING_STYLE_UNKNOWN: _Final = 0
    STYLE2024: _Final = 1
    STYLE_LEGACY: _Final = 2
    STYLE2026: _Final = 3
    class VisibilityFeature(_Message):
        class _DefaultSymbolVisibility(_EnumTypeWrapper):
            DEFAULT_SYMBOL_VISIBILITY_UNKNOWN: _Final = 0
            EXPORT_ALL: _Final = 1
            EXPORT_TOP_LEVEL: _Final = 2
            LOCAL_ALL: _Final = 3
            STRICT: _Final = 4
        DefaultSymbolVisibility: _DefaultSymbolVisibility
        DEFAULT_SYMBOL_VISIBILITY_UNKNOWN: _Final = 0
        EXPORT_ALL: _Final = 1
        EXPORT_TOP_LEVEL: _Final = 2
        LOCAL_ALL: _Final = 3
        STRICT: _Final = 4
        def __init__(_self) -> None: ...
    field_presence: _int
    enum_type: _int
    repeated_field_encoding: _int
    utf8_validation: _int
    message_encoding: _int
    json_format: _int
    enforce_naming_style: _int
    default_symbol_visibility: _int
    def __init__(_self, *, field_presence: _int = ..., enum_type: _int = ..., repeated_field_encoding: _int = ..., utf8_validation: _int = ..., message_encoding: _int = ..., json_format: _int = ..., enforce_naming_style: _int = ..., default_symbol_visibility: _int = ...) -> None: ...
    def HasField(self, field_name: _Literal["field_presence", "enum_type", "repeated_field_encoding", "utf8_validation", "message_encoding", "json_format", "enforce_naming_style", "default_symbol_visibility"]) -> _bool: ...
    def ClearField(self, field_name: _Literal["field_presence", "enum_type", "repeated_field_encoding", "utf8_validation", "message_encoding", "json_format", "enforce_naming_style", "default_symbol_visibility"]) -> None: ...

class FeatureSetDefaults(_Message):
    class FeatureSetEditionDefault(_Message):
        edition: _int
        @_property
        def overridable_features(self) -> _google_protobuf.FeatureSet: ...
        @_property
        def fixed_features(self) -> _google_protobuf.FeatureSet: ...
        def __init__(_self, *, edition: _int = ..., overridable_features: _google_protobuf.FeatureSet | None = ..., fixed_features: _google_protobuf.FeatureSet | None = ...) -> None: ...
        def HasField(self, field_name: _Literal["edition", "overridable_features", "fixed_features"]) -> _bool: ...
        def ClearField(self, field_name: _Literal["edition", "overridable_features", "fixed_features"]) -> None: ...
    @_property
    def defaults(self) -> _RepeatedCompositeFieldContainer[_google_protobuf.FeatureSetDefaults.FeatureSetEditionDefault]: ...
    minimum_edition: _int
    maximum_edition: _int
    def __init__(_self, *, defaults: _Iterable[_google_protobuf.FeatureSetDefaults.FeatureSetEditionDefault] = ..., minimum_edition: _int = ..., maximum_edition: _int = ...) -> None: ...
    def HasField(self, field_name: _Literal["minimum_edition", "maximum_edition"]) -> _bool: ...
    def ClearField(self, field_name: _Literal["defaults", "minimum_edition", "maximum_edition"]) -> None: ...

class SourceCodeInfo(_Message):
    class Location(_Message):
        @_property
        def path(self) -> _RepeatedScalarFieldContainer[_int]: ...
        @_property
        def span(self) -> _RepeatedScalarFieldContainer[_int]: ...
        leading_comments: _str
        trailing_comments: _str
        @_property
        def leading_detached_comments(self) -> _RepeatedScalarFieldContainer[_str]: ...
        def __init__(_self, *, path: _Iterable[_int] = ..., span: _Iterable[_int] = ..., leading_comments: _str = ..., trailing_comments: _str = ..., leading_detached_comments: _Iterable[_str] = ...) -> None: ...
        def HasField(self, field_name: _Literal["leading_comments", "trailing_comments"]) -> _bool: ...
        def ClearField(self, field_name: _Literal["path", "span", "leading_comments", "trailing_comments", "leading_detached_comments"]) -> None: ...
    @_property
    def location(self) -> _RepeatedCompositeFieldContainer[_google_protobuf.SourceCodeInfo.Location]: ...
    def __init__(_self, *, location: _Iterable[_google_protobuf.SourceCodeInfo.Location] = ...) -> None: ...
    def ClearField(self, field_name: _Literal["location"]) -> None: ...

class GeneratedCodeInfo(_Message):
    class Annotation(_Message):
        class _Semantic(_EnumTypeWrapper):
            NONE: _Final = 0
            SET: _Final = 1
            ALIAS: _Final = 2
        Semantic: _Semantic
        NONE: _Final = 0
        SET: _Final = 1
        ALIAS: _Final = 2
        @_property
        def path(self) -> _RepeatedScalarFieldContainer[_int]: ...
        source_file: _str
        begin: _int
        end: _int
        semantic: _int
        def __init__(_self, *, path: _Iterable[_int] = ..., source_file: _str = ..., begin: _int = ..., end: _int = ..., semantic: _int = ...) -> None: ...
        def HasField(self, field_name: _Literal["source_file", "begin", "end", "semantic"]) -> _bool: ...
        def ClearField(self, field_name: _Literal["path", "source_file", "begin", "end", "semantic"]) -> None: ...
    @_property
    def annotation(self) -> _RepeatedCompositeFieldContainer[_google_protobuf.GeneratedCodeInfo.Annotation]: ...
    def __init__(_self, *, annotation: _Iterable[_google_protobuf.GeneratedCodeInfo.Annotation] = ...) -> None: ...
    def ClearField(self, field_name: _Literal["annotation"]) -> None: ...

class Duration(_well_known_types.Duration, _Message):
    seconds: _int
    nanos: _int
    def __init__(_self, *, seconds: _int = ..., nanos: _int = ...) -> None: ...
    def ClearField(self, field_name: _Literal["seconds", "nanos"]) -> None: ...

class Empty(_Message):
    def __init__(_self) -> None: ...

class FieldMask(_well_known_types.FieldMask, _Message):
    @_property
    def paths(self) -> _RepeatedScalarFieldContainer[_str]: ...
    def __init__(_self, *, paths: _Iterable[_str] = ...) -> None: ...
    def ClearField(self, field_name: _Literal["paths"]) -> None: ...

class SourceContext(_Message):
    file_name: _str
    def __init__(_self, *, file_name: _str = ...) -> None: ...
    def ClearField(self, field_name: _Literal["file_name"]) -> None: ...

class _NullValue(_EnumTypeWrapper):
    NULL_VALUE: _Final = 0
NullValue: _NullValue

class Struct(_well_known_types.Struct, _Message):
    @_property
    def fields(self) -> _MessageMap[_str, _google_protobuf.Value]: ...
    def __init__(_self, *, fields: _Mapping[_str, _google_protobuf.Value] = ...) -> None: ...
    def ClearField(self, field_name: _Literal["fields"]) -> None: ...

class Value(_Message):
    null_value: _int
    number_value: _float
    string_value: _str
    bool_value: _bool
    @_property
    def struct_value(self) -> _google_protobuf.Struct: ...
    @_property
    def list_value(self) -> _google_protobuf.ListValue: ...
    def __init__(_self, *, null_value: _int = ..., number_value: _float = ..., string_value: _str = ..., bool_value: _bool = ..., struct_value: _google_protobuf.Struct | _Mapping[_str, object] | None = ..., list_value: _google_protobuf.ListValue | None = ...) -> None: ...
    def HasField(self, field_name: _Literal["null_value", "number_value", "string_value", "bool_value", "struct_value", "list_value", "kind"]) -> _bool: ...
    def ClearField(self, field_name: _Literal["null_value", "number_value", "string_value", "bool_value", "struct_value", "list_value", "kind"]) -> None: ...
    def WhichOneof(self, oneof_group: _Literal["kind"]) -> _Literal["null_value", "number_value", "string_value", "bool_value", "struct_value", "list_value"] | None: ...

class ListValue(_well_known_types.ListValue, _Message):
    @_property
    def values(self) -> _RepeatedCompositeFieldContainer[_google_protobuf.Value]: ...
    def __init__(_self, *, values: _Iterable[_google_protobuf.Value] = ...) -> None: ...
    def ClearField(self, field_name: _Literal["values"]) -> None: ...

class Timestamp(_well_known_types.Timestamp, _Message):
    seconds: _int
    nanos: _int
    def __init__(_self, *, seconds: _int = ..., nanos: _int = ...) -> None: ...
    def ClearField(self, field_name: _Literal["seconds", "nanos"]) -> None: ...

class _Syntax(_EnumTypeWrapper):
    SYNTAX_PROTO2: _Final = 0
    SYNTAX_PROTO3: _Final = 1
    SYNTAX_EDITIONS: _Final = 2
Syntax: _Syntax

class Type(_Message):
    name: _str
    @_property
    def fields(self) -> _RepeatedCompositeFieldContainer[_google_protobuf.Field]: ...
    @_property
    def oneofs(self) -> _RepeatedScalarFieldContainer[_str]: ...
    @_property
    def options(self) -> _RepeatedCompositeFieldContainer[_google_protobuf.Option]: ...
    @_property
    def source_context(self) -> _google_protobuf.SourceContext: ...
    syntax: _int
    edition: _str
    def __init__(_self, *, name: _str = ..., fields: _Iterable[_google_protobuf.Field] = ..., oneofs: _Iterable[_str] = ..., options: _Iterable[_google_protobuf.Option] = ..., source_context: _google_protobuf.SourceContext | None = ..., syntax: _int = ..., edition: _str = ...) -> None: ...
    def HasField(self, field_name: _Literal["source_context"]) -> _bool: ...
    def ClearField(self, field_name: _Literal["name", "fields", "oneofs", "options", "source_context", "syntax", "edition"]) -> None: ...

class Field(_Message):
    class _Kind(_EnumTypeWrapper):
        TYPE_UNKNOWN: _Final = 0
        TYPE_DOUBLE: _Final = 1
        TYPE_FLOAT: _Final = 2
        TYPE_INT64: _Final = 3
        TYPE_UINT64: _Final = 4
        TYPE_INT32: _Final = 5
        TYPE_FIXED64: _Final = 6
        TYPE_FIXED32: _Final = 7
        TYPE_BOOL: _Final = 8
        TYPE_STRING: _Final = 9
        TYPE_GROUP: _Final = 10
        TYPE_MESSAGE: _Final = 11
        TYPE_BYTES: _Final = 12
        TYPE_UINT32: _Final = 13
        TYPE_ENUM: _Final = 14
        TYPE_SFIXED32: _Final = 15
        TYPE_SFIXED64: _Final = 16
        TYPE_SINT32: _Final = 17
        TYPE_SINT64: _Final = 18
    Kind: _Kind
    TYPE_UNKNOWN: _Final = 0
    TYPE_DOUBLE: _Final = 1
    TYPE_FLOAT: _Final = 2
    TYPE_INT64: _Final = 3
    TYPE_UINT64: _Final = 4
    TYPE_INT32: _Final = 5
    TYPE_FIXED64: _Final = 6
    TYPE_FIXED32: _Final = 7
    TYPE_BOOL: _Final = 8
    TYPE_STRING: _Final = 9
    TYPE_GROUP: _Final = 10
    TYPE_MESSAGE: _Final = 11
    TYPE_BYTES: _Final = 12
    TYPE_UINT32: _Final = 13
    TYPE_ENUM: _Final = 14
    TYPE_SFIXED32: _Final = 15
    TYPE_SFIXED64: _Final = 16
    TYPE_SINT32: _Final = 17
    TYPE_SINT64: _Final = 18
    class _Cardinality(_EnumTypeWrapper):
        CARDINALITY_UNKNOWN: _Final = 0
        CARDINALITY_OPTIONAL: _Final = 1
        CARDINALITY_REQUIRED: _Final = 2
        CARDINALITY_REPEATED: _Final = 3
    Cardinality: _Cardinality
    CARDINALITY_UNKNOWN: _Final = 0
    CARDINALITY_OPTIONAL: _Final = 1
    CARDINALITY_REQUIRED: _Final = 2
    CARDINALITY_REPEATED: _Final = 3
    kind: _int
    cardinality: _int
    number: _int
    name: _str
    type_url: _str
    oneof_index: _int
    packed: _bool
    @_property
    def options(self) -> _RepeatedCompositeFieldContainer[_google_protobuf.Option]: ...
    json_name: _str
    default_value: _str
    def __init__(_self, *, kind: _int = ..., cardinality: _int = ..., number: _int = ..., name: _str = ..., type_url: _str = ..., oneof_index: _int = ..., packed: _bool = ..., options: _Iterable[_google_protobuf.Option] = ..., json_name: _str = ..., default_value: _str = ...) -> None: ...
    def ClearField(self, field_name: _Literal["kind", "cardinality", "number", "name", "type_url", "oneof_index", "packed", "options", "json_name", "default_value"]) -> None: ...

class Enum(_Message):
    name: _str
    @_property
    def enumvalue(self) -> _RepeatedCompositeFieldContainer[_google_protobuf.EnumValue]: ...
    @_property
    def options(self) -> _RepeatedCompositeFieldContainer[_google_protobuf.Option]: ...
    @_property
    def source_context(self) -> _google_protobuf.SourceContext: ...
    syntax: _int
    edition: _str
    def __init__(_self, *, name: _str = ..., enumvalue: _Iterable[_google_protobuf.EnumValue] = ..., options: _Iterable[_google_protobuf.Option] = ..., source_context: _google_protobuf.SourceContext | None = ..., syntax: _int = ..., edition: _str = ...) -> None: ...
    def HasField(self, field_name: _Literal["source_context"]) -> _bool: ...
    def ClearField(self, field_name: _Literal["name", "enumvalue", "options", "source_context", "syntax", "edition"]) -> None: ...

class EnumValue(_Message):
    name: _str
    number: _int
    @_property
    def options(self) -> _RepeatedCompositeFieldContainer[_google_protobuf.Option]: ...
    def __init__(_self, *, name: _str = ..., number: _int = ..., options: _Iterable[_google_protobuf.Option] = ...) -> None: ...
    def ClearField(self, field_name: _Literal["name", "number", "options"]) -> None: ...

class Option(_Message):
    name: _str
    @_property
    def value(self) -> _google_protobuf.Any: ...
    def __init__(_self, *, name: _str = ..., value: _google_protobuf.Any | None = ...) -> None: ...
    def HasField(self, field_name: _Literal["value"]) -> _bool: ...
    def ClearField(self, field_name: _Literal["name", "value"]) -> None: ...

class DoubleValue(_Message):
    value: _float
    def __init__(_self, *, value: _float = ...) -> None: ...
    def ClearField(self, field_name: _Literal["value"]) -> None: ...

class FloatValue(_Message):
    value: _float
    def __init__(_self, *, value: _float = ...) -> None: ...
    def ClearField(self, field_name: _Literal["value"]) -> None: ...

class Int64Value(_Message):
    value: _int
    def __init__(_self, *, value: _int = ...) -> None: ...
    def ClearField(self, field_name: _Literal["value"]) -> None: ...

class UInt64Value(_Message):
    value: _int
    def __init__(_self, *, value: _int = ...) -> None: ...
    def ClearField(self, field_name: _Literal["value"]) -> None: ...

class Int32Value(_Message):
    value: _int
    def __init__(_self, *, value: _int = ...) -> None: ...
    def ClearField(self, field_name: _Literal["value"]) -> None: ...

class UInt32Value(_Message):
    value: _int
    def __init__(_self, *, value: _int = ...) -> None: ...
    def ClearField(self, field_name: _Literal["value"]) -> None: ...

class BoolValue(_Message):
    value: _bool
    def __init__(_self, *, value: _bool = ...) -> None: ...
    def ClearField(self, field_name: _Literal["value"]) -> None: ...

class StringValue(_Message):
    value: _str
    def __init__(_self, *, value: _str = ...) -> None: ...
    def ClearField(self, field_name: _Literal["value"]) -> None: ...

class BytesValue(_Message):
    value: _bytes
    def __init__(_self, *, value: _bytes = ...) -> None: ...
    def ClearField(self, field_name: _Literal["value"]) -> None: ...
