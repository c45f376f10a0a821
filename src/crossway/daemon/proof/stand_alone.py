"""Makes a message stand alone: Envoy can then validate it away from its control plane and from the proxy's machine.

* A secret that it would ask for by ADS it looks for among the static ones, and reads it. It has to be so: told to ask
  by ADS, a validating Envoy dies (SIGSEGV, 1.39.3).
* A log file is `/dev/null`: Envoy opens it when it validates, and the directory is there on the proxy's machine only.
* A tracer that sends to a cluster (Zipkin) is refused without it; all else that names a cluster is not.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final, NamedTuple

from google.protobuf.message import Message

from crossway.protos import unpack
from crossway.protos.envoy.config.cluster import v3 as cluster_v3
from crossway.protos.envoy.config.trace import v3 as trace_v3
from crossway.protos.envoy.extensions.access_loggers.file import v3 as file_v3
from crossway.protos.envoy.extensions.transport_sockets.tls import v3 as tls_v3
from crossway.protos.google import protobuf

_BY_ADS: Final = b"\x1a\x00"
"""``ConfigSource.ads``, field 3 and empty, in the bytes of whatever holds it, however deep."""
_LOG_FILE: Final = file_v3.FileAccessLog.DESCRIPTOR.full_name.encode()
_ZIPKIN: Final = trace_v3.ZipkinConfig.DESCRIPTOR.full_name.encode()
"""The ends of type URLs, in the bytes of whatever holds one."""


class Needed(NamedTuple):
    """What a message names and cannot stand without."""

    kind: type[Message]
    """`Secret` or `Cluster`."""
    name: str


def leans(content: bytes) -> bool:
    """Return whether the message serialised as *content* may not stand alone: never wrongly that it does."""
    return _BY_ADS in content or _LOG_FILE in content or _ZIPKIN in content


def stand_alone(message: Message) -> frozenset[Needed]:
    """Change *message* so that it stands alone but for what is returned: secrets to ask for, and clusters."""
    return frozenset(_changed(message))


def _changed(message: Message) -> Iterator[Needed]:
    match message:
        case tls_v3.SdsSecretConfig() if message.sds_config.HasField("ads"):
            message.ClearField("sds_config")
            yield Needed(tls_v3.Secret, message.name)
        case trace_v3.ZipkinConfig():
            yield Needed(cluster_v3.Cluster, message.collector_cluster)
        case file_v3.FileAccessLog():
            message.path = "/dev/null"
        case protobuf.Any() if leans(message.SerializeToString()):
            inner = unpack(message)
            yield from _changed(inner)
            message.value = inner.SerializeToString(deterministic=True)
        case protobuf.Any():
            pass
        case _:
            for inside in _inside(message):
                yield from _changed(inside)


def _inside(message: Message) -> Iterator[Message]:
    """Yield each message that is a field of *message*, or one of a repeated field, or a value of a map."""
    for field, value in message.ListFields():
        if field.message_type is None:
            continue
        if field.message_type.GetOptions().map_entry:
            yield from (held for held in value.values() if isinstance(held, Message))
        elif isinstance(value, Message):
            yield value
        else:
            yield from value
