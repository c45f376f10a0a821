"""OData over a table and a REST service: questions, a change, a batch; and limits for those who come from outside."""

import http.client
import json
import sqlite3
import sys
from pathlib import Path
from typing import Any
from urllib.parse import quote

from examples.stage import Answer, Stage, listens, show, wait

CONFIG = Path(__file__).with_name("crossway.yaml")
TABLES = """
CREATE TABLE orders (id INTEGER PRIMARY KEY, customer_id INTEGER, total REAL, placed TEXT);
INSERT INTO orders VALUES (1, 1, 12.5, '2026-01-05T10:00:00Z'), (2, 3, 80, '2026-02-01T09:00:00Z'),
    (3, 1, 7, '2026-03-09T12:30:00Z');
CREATE TABLE items (id INTEGER PRIMARY KEY, order_id INTEGER, article TEXT, count INTEGER);
INSERT INTO items VALUES (1, 1, 'tea', 2), (2, 2, 'cake', 8), (3, 2, 'tea', 1), (4, 3, 'tea', 1);
"""


def main() -> None:
    with Stage() as stage:
        customers = stage.start(sys.executable, "-m", "examples.odata.customers", str(stage.port(9001)))
        wait(lambda: listens(stage.port(9001)), customers)
        database = stage.directory / "shop.db"
        with sqlite3.connect(database) as connection:
            connection.executescript(TABLES)
        connection.close()
        for path, mode in ((stage.directory, 0o777), (database, 0o666)):
            path.chmod(mode)  # the proxy runs as another user, if this is root
        copied = stage.copy(CONFIG)
        copied.write_text(copied.read_text().replace("/tmp/shop.db", str(database)))
        stage.gateway(copied)

        def ask(target: str, port: int = 8080) -> Answer:
            return stage.get(f"/odata/{quote(target, safe='/?$&=(),;')}", port=port)

        found = ask("Orders?$filter=items/any(i: i/article eq 'cake')&$expand=customer($select=name),items&$count=true")
        (order,) = found.json["value"]
        show("an order with a cake, and who placed it", order["customer"]["name"] == "Carla")
        show("its items come with it", [item["article"] for item in order["items"]] == ["cake", "tea"])

        newest = ask("Orders?$orderby=placed desc&$top=1&$select=id")
        show("the newest order", newest.json["value"] == [{"id": 3}])
        show("customers of a country", ask("Customers?$filter=country eq 'SE'").json["value"][0]["name"] == "Bo")
        wrong = ask("Orders?$filter=totl gt 1").json["error"]
        show("a mistake is told in the format of OData", wrong["message"].endswith("did you mean 'total'?"))

        batch = {
            "requests": [
                {"id": "1", "method": "PATCH", "url": "Orders(3)", "body": {"total": 9}},
                {"id": "2", "method": "GET", "url": "Orders(3)/total"},
            ]
        }
        changed, read = post(stage.port(8080), "/odata/$batch", batch)["responses"]
        show("a change and a question in one batch", (changed["status"], read["body"]["value"]) == (204, 9))

        refused = ask("Orders?$top=3", port=8081)
        show("from outside, nobody takes more than two", refused.json["error"]["code"] == "odata.top_too_large")
        outside = ask("Orders?$expand=customer", port=8081)
        show("or sees an address", b"@example.com" not in outside.body and b"Carla" in outside.body)


def post(port: int, path: str, body: object) -> Any:
    connection = http.client.HTTPConnection("localhost", port, timeout=5)
    connection.request("POST", path, json.dumps(body), {"content-type": "application/json"})
    answer = json.loads(connection.getresponse().read())
    connection.close()
    return answer


if __name__ == "__main__":
    main()
