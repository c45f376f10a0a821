"""A gRPC service without generated code: its messages are texts. ``python -m examples.grpc.server NAME PORT``."""

import sys
from concurrent.futures import ThreadPoolExecutor

import grpc

name = sys.argv[1]
calls = 0


def greet(request: bytes, context: grpc.ServicerContext) -> bytes:
    global calls
    calls += 1
    if calls == 1:
        context.abort(grpc.StatusCode.UNAVAILABLE, "not warm yet")
    return f"hello {request.decode()} from {name}".encode()


def farewell(request: bytes, context: grpc.ServicerContext) -> bytes:
    return f"goodbye {request.decode()} from {name}".encode()


def count(request: bytes, context: grpc.ServicerContext):
    for number in range(int(request)):
        yield str(number).encode()


methods = {
    "Greet": grpc.unary_unary_rpc_method_handler(greet),
    "Farewell": grpc.unary_unary_rpc_method_handler(farewell),
    "Count": grpc.unary_stream_rpc_method_handler(count),
}
server = grpc.server(ThreadPoolExecutor(4))
server.add_generic_rpc_handlers((grpc.method_handlers_generic_handler("example.Greeter", methods),))
server.add_insecure_port(f"127.0.0.1:{sys.argv[2]}")
server.start()
try:
    server.wait_for_termination()
except KeyboardInterrupt:
    server.stop(None)
