"""A service of customers: ``GET /customers?country=IT`` and ``GET /customers/{id}``."""

import sys

from examples.service import Answer, serve

CUSTOMERS = [
    {"id": 1, "name": "Ada", "email": "ada@example.com", "country": "UK"},
    {"id": 2, "name": "Bo", "email": "bo@example.com", "country": "SE"},
    {"id": 3, "name": "Carla", "email": "carla@example.com", "country": "IT"},
]


def answer(method: str, path: str, body: bytes) -> Answer:
    path, _, query = path.partition("?")
    country = query.removeprefix("country=")
    match path.strip("/").split("/"):
        case ["customers"]:
            return 200, [customer for customer in CUSTOMERS if country in {"", customer["country"]}]
        case ["customers", key] if key in {"1", "2", "3"}:
            return 200, CUSTOMERS[int(key) - 1]
    return 404, {"error": f"there is nothing at {path}"}


if __name__ == "__main__":
    serve(int(sys.argv[1]), answer)
