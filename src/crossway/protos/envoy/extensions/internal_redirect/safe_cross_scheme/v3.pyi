# envoy.extensions.internal_redirect.safe_cross_scheme.v3 of Envoy 1.39.3, written by tools/protos.py.
from google.protobuf.message import Message as _Message

class SafeCrossSchemeConfig(_Message):
    def __init__(_self) -> None: ...
