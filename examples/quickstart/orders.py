"""A service of orders: ``GET /orders/{id}``, and ``POST /orders`` to make one."""

import json
import sys

from examples.service import Answer, serve

ORDERS = {"7": {"id": "7", "user": "1", "items": ["tea", "cake"]}}


def answer(method: str, path: str, body: bytes) -> Answer:
    match [method, *path.strip("/").split("/")]:
        case ["GET", "orders"]:
            return 200, list(ORDERS.values())
        case ["GET", "orders", order] if order in ORDERS:
            return 200, ORDERS[order]
        case ["POST", "orders"]:
            order = {"id": str(7 + len(ORDERS)), **json.loads(body or b"{}")}
            ORDERS[order["id"]] = order
            return 201, order
    return 404, {"error": f"there is nothing at {path}"}


if __name__ == "__main__":
    serve(int(sys.argv[1]), answer)
