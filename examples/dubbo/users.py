"""A server of Apache Dubbo that speaks Triple: one interface is described in protobuf, the other one in Java alone.

Dubbo for Python hands over the bytes of messages. What is in those of the second interface, a server in Java would find
out by itself: python-hessian reads it here, and what is answered is written by the gateway's own writer, as no package
for Python writes Hessian 2.
"""

import sys
import threading
from contextlib import suppress
from io import BytesIO
from typing import Any

from dubbo import Server
from dubbo.configs import ServiceConfig
from dubbo.proxy.handlers import RpcMethodHandler, RpcServiceHandler
from google.protobuf import descriptor_pb2, message_factory
from google.protobuf.descriptor_pool import DescriptorPool
from pyhessian.parser import Parser

from crossway.runtime.dubbo.writing import write

USERS = {"7": {"name": "Ada", "orders": 2**33, "active": True}}
STRING = descriptor_pb2.FieldDescriptorProto.TYPE_STRING
BYTES = descriptor_pb2.FieldDescriptorProto.TYPE_BYTES


def messages(package: str, **fields: list[tuple[str, int, bool]]) -> tuple[bytes, dict[str, Any]]:
    """Return a descriptor set with messages of these fields (name, type, repeated), and their classes."""
    file = descriptor_pb2.FileDescriptorProto(name=f"{package}.proto", package=package, syntax="proto3")
    for name, members in fields.items():
        message = file.message_type.add(name=name)
        for number, (field, kind, repeated) in enumerate(members, 1):
            message.field.add(name=field, number=number, type=kind, label=3 if repeated else 1)
    if package == "users":
        method = file.service.add(name="Greeter").method.add(name="greet")
        method.input_type, method.output_type = ".users.Asked", ".users.Greeting"
    pool = DescriptorPool()
    pool.AddSerializedFile(file.SerializeToString())
    found = {name: message_factory.GetMessageClass(pool.FindMessageTypeByName(f"{package}.{name}")) for name in fields}
    return descriptor_pb2.FileDescriptorSet(file=[file]).SerializeToString(), found


DESCRIPTORS, GREETER = messages("users", Asked=[("id", STRING, False)], Greeting=[("text", STRING, False)])
_, WRAPPER = messages(
    "wrapper",
    Request=[("serializeType", STRING, False), ("args", BYTES, True), ("argTypes", STRING, True)],
    Response=[("serializeType", STRING, False), ("data", BYTES, False), ("type", STRING, False)],
)


def greet(message: bytes) -> bytes:
    """Answer the interface that is described in protobuf."""
    user = USERS[GREETER["Asked"].FromString(message).id]
    return GREETER["Greeting"](text=f"Hello, {user['name']}").SerializeToString()


def find(message: bytes) -> bytes:
    """Answer the one in Java: `Map find(String id)`."""
    asked = WRAPPER["Request"].FromString(message)
    assert list(asked.argTypes) == ["java.lang.String"], asked.argTypes
    return WRAPPER["Response"](
        serializeType="hessian2", data=write(USERS.get(argument(asked.args[0])))
    ).SerializeToString()


def argument(data: bytes) -> Any:
    """Return the value that *data* is in Hessian 2."""
    parser = Parser()
    parser.version = 2
    parser._stream, parser._pos = BytesIO(data), 0
    return parser.read_object()


def main(*ports: int) -> None:
    handlers = [
        RpcServiceHandler("users.Greeter", [RpcMethodHandler.unary(greet, method_name="greet")]),
        RpcServiceHandler("com.example.Users", [RpcMethodHandler.unary(find, method_name="find")]),
    ]
    for port, handler in zip(ports, handlers, strict=True):
        Server(ServiceConfig(service_handler=handler, host="127.0.0.1", port=port)).start()
    with suppress(KeyboardInterrupt):
        threading.Event().wait()


if __name__ == "__main__":
    if len(sys.argv) == 1:
        sys.stdout.buffer.write(DESCRIPTORS)
    else:
        main(*map(int, sys.argv[1:]))
