"""One GraphQL schema over three REST services: a call for each, not one for each order; what fails is null."""

import json
import subprocess
import sys
from pathlib import Path

from examples.stage import Answer, Stage, end, listens, show, wait

FOLDER = Path(__file__).parent
PORTS = {"orders": 9001, "customers": 9002, "products": 9003}
QUERY = "{ orders { id customer { name } items { id price } } }"


def main() -> None:
    with Stage() as stage:
        running = {name: service(stage, name, port) for name, port in PORTS.items()}
        for name in PORTS:
            stage.copy(FOLDER / f"{name}.yaml")
        stage.gateway(stage.copy(FOLDER / "crossway.yaml"))

        answer = ask(stage, QUERY)
        last = {
            "id": 10,
            "customer": {"name": "Ada"},
            "items": [{"id": "tea", "price": 3.5}, {"id": "cake", "price": 4}],
        }
        show("orders have their customers and their things", answer.json["data"]["orders"][-1] == last)
        counts = [stage.get("/requests", port=port).json for port in PORTS.values()]
        show(f"ten orders, and each service was asked once: {counts}", counts == [1, 1, 1])

        end(running["customers"])
        partly = ask(stage, QUERY).json
        show("without customers, orders are there", partly["data"]["orders"][0]["items"] != [])
        show("their customers are null", {order["customer"] for order in partly["data"]["orders"]} == {None})
        error = partly["errors"][0]
        show(f"and errors say where: {error['path']}", error["extensions"]["service"] == "customers")

        wrong = ask(stage, "{ orders { products } }")
        show("what is hidden is not there", (wrong.status, "data" in wrong.json) == (400, False))
        schema = ask(stage, "{ __schema { queryType { fields { name } } } }").json
        show("tools see the schema", schema["data"]["__schema"]["queryType"]["fields"] == [{"name": "orders"}])


def ask(stage: Stage, query: str) -> Answer:
    headers = {"content-type": "application/json", "accept": "application/graphql-response+json"}
    return stage.get("/graphql", method="POST", headers=headers, body=json.dumps({"query": query}).encode())


def service(stage: Stage, name: str, port: int) -> subprocess.Popen[str]:
    process = stage.start(sys.executable, "-m", "examples.graphql.shop", name, str(stage.port(port)))
    wait(lambda: listens(stage.port(port)), process)
    return process


if __name__ == "__main__":
    main()
