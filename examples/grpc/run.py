"""gRPC: one method of a service goes elsewhere, a stream comes through, a call that failed is tried again."""

import sys
from pathlib import Path

import grpc

from examples.stage import Stage, listens, show, wait

CONFIG = Path(__file__).with_name("crossway.yaml")


def main() -> None:
    with Stage() as stage:
        for name, port in (("greeter", 9001), ("greeter_next", 9002)):
            server = stage.start(sys.executable, "-m", "examples.grpc.server", name, str(stage.port(port)))
            wait(lambda port=port: listens(stage.port(port)), server)
        stage.gateway(stage.copy(CONFIG))

        with grpc.insecure_channel(f"127.0.0.1:{stage.port(8080)}") as channel:
            greet = channel.unary_unary("/example.Greeter/Greet")
            show("a call that the backend first refused was tried again", greet(b"Ada") == b"hello Ada from greeter")

            farewell = channel.unary_unary("/example.Greeter/Farewell")
            show("a method has a route of its own", farewell(b"Ada") == b"goodbye Ada from greeter_next")

            count = channel.unary_stream("/example.Greeter/Count")
            show("a stream comes through", list(count(b"5")) == [b"0", b"1", b"2", b"3", b"4"])

            unknown = channel.unary_unary("/example.Other/Call").with_call
            try:
                unknown(b"")
            except grpc.RpcError as error:
                show("a service without a route is UNIMPLEMENTED", error.code() is grpc.StatusCode.UNIMPLEMENTED)


if __name__ == "__main__":
    main()
