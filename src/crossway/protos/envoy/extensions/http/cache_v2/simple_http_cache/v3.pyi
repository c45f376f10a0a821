# envoy.extensions.http.cache_v2.simple_http_cache.v3 of Envoy 1.39.3, written by tools/protos.py.
from google.protobuf.message import Message as _Message

class SimpleHttpCacheV2Config(_Message):
    def __init__(_self) -> None: ...
