"""The orders in gRPC, and older ones in REST. ``python -m examples.rpc.server PORT PORT``."""

import json
import sys
from concurrent.futures import ThreadPoolExecutor
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import grpc
from google.protobuf.descriptor_pb2 import FileDescriptorSet
from google.protobuf.descriptor_pool import DescriptorPool
from google.protobuf.message_factory import GetMessageClass
from grpc_reflection.v1alpha import reflection

pool = DescriptorPool()
for file in FileDescriptorSet.FromString(Path(__file__).with_name("orders.pb").read_bytes()).file:
    pool.AddSerializedFile(file.SerializeToString())
GetRequest, ListRequest, Order = (
    GetMessageClass(pool.FindMessageTypeByName(f"shop.{name}")) for name in ("GetRequest", "ListRequest", "Order")
)


def get(request, context):
    if request.id == "0":
        context.abort(grpc.StatusCode.NOT_FOUND, "there is no order 0")
    return Order(id=request.id, item="tea", unit_price=2.5)


def every(request, context):
    for number in range(request.limit):
        yield Order(id=str(number + 1))


class Archive(BaseHTTPRequestHandler):
    def do_GET(self):
        found = self.path == "/orders/7"
        body = {"id": "7", "item": "coffee", "unitPrice": 3.5} if found else {"detail": "no such order"}
        content = json.dumps(body).encode()
        self.send_response(200 if found else 404)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_):
        pass


methods = {
    "Get": grpc.unary_unary_rpc_method_handler(get, GetRequest.FromString, Order.SerializeToString),
    "List": grpc.unary_stream_rpc_method_handler(every, ListRequest.FromString, Order.SerializeToString),
}
server = grpc.server(ThreadPoolExecutor(4))
server.add_generic_rpc_handlers((grpc.method_handlers_generic_handler("shop.Orders", methods),))
reflection.enable_server_reflection(["shop.Orders", reflection.SERVICE_NAME], server, pool)
server.add_insecure_port(f"127.0.0.1:{sys.argv[1]}")
server.start()
try:
    HTTPServer(("127.0.0.1", int(sys.argv[2])), Archive).serve_forever()
except KeyboardInterrupt:
    server.stop(None)
