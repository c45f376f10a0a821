"""A service of prices: ``GET /prices/{item}``."""

import sys

from examples.service import Answer, serve

PRICES = {"tea": 3, "cake": 4}


def answer(method: str, path: str, body: bytes) -> Answer:
    match path.strip("/").split("/"):
        case ["prices", item] if item in PRICES:
            return 200, {"price": PRICES[item]}
    return 404, {"error": f"there is nothing at {path}"}


if __name__ == "__main__":
    serve(int(sys.argv[1]), answer)
