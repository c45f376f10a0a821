# envoy.extensions.clusters.common.dns.v3 of Envoy 1.39.3, written by tools/protos.py.
from typing import Final as _Final
from google.protobuf.internal.enum_type_wrapper import EnumTypeWrapper as _EnumTypeWrapper

class _DnsLookupFamily(_EnumTypeWrapper):
    UNSPECIFIED: _Final = 0
    AUTO: _Final = 1
    V4_ONLY: _Final = 2
    V6_ONLY: _Final = 3
    V4_PREFERRED: _Final = 4
    ALL: _Final = 5
DnsLookupFamily: _DnsLookupFamily
