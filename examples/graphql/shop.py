"""Three services of a shop, each by its name: ``python -m examples.graphql.shop orders 9001``.

``GET /orders`` lists all of them, ``GET /customers?ids=1&ids=2`` some, ``GET /requests`` says how often it was asked.
"""

import sys
from contextlib import suppress
from functools import partial
from urllib.parse import parse_qs, urlsplit

from examples.service import Answer, Handler, Server

KNOWN = {
    "orders": [{"id": number, "customerId": number % 2 + 1, "products": ["tea", "cake"]} for number in range(1, 11)],
    "customers": [{"id": 1, "name": "Ada"}, {"id": 2, "name": "Bob"}],
    "products": [{"id": "tea", "price": 3.5}, {"id": "cake", "price": 4.0}],
}


class Shop(Handler):
    """Answers with what a service knows; its handlers see the query of a request as well."""

    def do_GET(self) -> None:  # noqa: N802  # the name that `http.server` looks for
        target = urlsplit(self.path)
        query = parse_qs(target.query)
        known = self.answer
        self.answer = lambda method, path, body: known(path, query)
        super().do_GET()
        self.answer = known


def service(name: str, counted: list[int], path: str, query: dict[str, list[str]]) -> Answer:
    if path == "/requests":
        return 200, len(counted)
    counted.append(1)
    if path != f"/{name}":
        return 404, {"error": f"there is nothing at {path}"}
    ids = query.get("ids")
    return 200, [one for one in KNOWN[name] if ids is None or str(one["id"]) in ids]


if __name__ == "__main__":
    answering = partial(Shop, partial(service, sys.argv[1], []))
    with Server(("127.0.0.1", int(sys.argv[2])), answering) as server, suppress(KeyboardInterrupt):
        server.serve_forever()
