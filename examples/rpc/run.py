"""RPC: one gRPC service for clients that speak JSON, Connect and gRPC-Web, and a REST service for clients of gRPC."""

import json
import shutil
import sys
from pathlib import Path

import grpc

from examples.stage import Stage, listens, show, wait

HERE = Path(__file__).parent
ASKED, PRICE = b"\x0a\x017", b"\x19" + bytes.fromhex("0000000000000c40")
"""The message `{"id": "7"}`, and the field `"unitPrice": 3.5`, in protobuf."""


def main() -> None:
    with Stage() as stage:
        ports = [str(stage.port(9001)), str(stage.port(9002))]
        server = stage.start(sys.executable, "-m", "examples.rpc.server", *ports)
        wait(lambda: listens(stage.port(9001)) and listens(stage.port(9002)), server)
        shutil.copy(HERE / "orders.pb", stage.directory)
        stage.gateway(stage.copy(HERE / "crossway.yaml"))

        order = {"id": "7", "item": "tea", "unitPrice": 2.5}
        show("a GET becomes a call", stage.get("/orders/7").json == order)
        missing = stage.get("/orders/0")
        show("an error has its status", (missing.status, missing.json["message"]) == (404, "there is no order 0"))
        lines = stage.get("/orders?limit=3").body.splitlines()
        show("a stream is lines", [json.loads(line)["id"] for line in lines] == ["1", "2", "3"])

        connect = {"content-type": "application/json", "connect-protocol-version": "1"}
        path = "/shop.Orders/Get"
        called = stage.get(path, method="POST", headers=connect, body=b'{"id": "7"}')
        show("a client of Connect calls it in JSON", called.json == order)
        missing = stage.get(path, method="POST", headers=connect, body=b'{"id": "0"}')
        show("and gets errors of Connect", (missing.status, missing.json["code"]) == (404, "not_found"))

        web = {"content-type": "application/grpc-web+proto", "x-grpc-web": "1"}
        called = stage.get(path, method="POST", headers=web, body=b"\0\0\0\0\3" + ASKED)
        show("a browser calls it in gRPC-Web", b"tea" in called.body and b"grpc-status:0" in called.body)

        with grpc.insecure_channel(f"127.0.0.1:{stage.port(8081)}") as channel:
            get = channel.unary_unary(path)
            show("a client of gRPC calls a REST service", get(ASKED) == ASKED + b"\x12\x06coffee" + PRICE)
            try:
                get(b"\x0a\x018")
            except grpc.RpcError as error:
                refused = (error.code(), error.details())
                show("and its 404 is NOT_FOUND", refused == (grpc.StatusCode.NOT_FOUND, "no such order"))


if __name__ == "__main__":
    main()
