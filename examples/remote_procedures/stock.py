"""An old service that speaks XML-RPC: how much of everything is left."""

import sys
from contextlib import suppress
from xmlrpc.client import Fault
from xmlrpc.server import SimpleXMLRPCServer

LEFT = {"tea": 5, "cake": 2}


def count(item: str) -> int:
    if item not in LEFT:
        raise Fault(404, f"there is no {item}")
    return LEFT[item]


def book(item: str, amount: int) -> int:
    LEFT[item] = count(item) - amount
    return LEFT[item]


def main(port: int) -> None:
    with SimpleXMLRPCServer(("127.0.0.1", port), logRequests=False) as server:
        server.register_function(count, "stock.count")
        server.register_function(book, "stock.book")
        with suppress(KeyboardInterrupt):
            server.serve_forever()


if __name__ == "__main__":
    main(int(sys.argv[1]))
