"""Clients of JSON-RPC and XML-RPC call a REST service, and clients of REST a service that speaks XML-RPC."""

import json
import sys
from pathlib import Path
from typing import Any
from xmlrpc.client import Fault, ServerProxy

from examples.stage import Answer, Stage, listens, show, wait

FOLDER = Path(__file__).parent


def main() -> None:
    with Stage() as stage:
        for module, port in (("remote_procedures.stock", 9001), ("quickstart.orders", 9002)):
            process = stage.start(sys.executable, "-m", f"examples.{module}", str(stage.port(port)))
            wait(lambda port=port: listens(stage.port(port)), process)
        stage.gateway(stage.copy(FOLDER / "crossway.yaml"))

        def post(path: str, value: object) -> Answer:
            headers = {"content-type": "application/json"}
            return stage.get(path, method="POST", headers=headers, body=json.dumps(value).encode())

        def call(method: str, params: object, number: int) -> dict[str, Any]:
            return {"jsonrpc": "2.0", "method": method, "params": params, "id": number}

        order = {"id": "7", "user": "1", "items": ["tea", "cake"]}
        show(
            "a method of JSON-RPC is a request of REST",
            post("/json-rpc", call("orders.get", [7], 1)).json["result"] == order,
        )
        batch = [call("orders.add", {"items": ["tea"]}, 1), call("orders.get", [99], 2), call("orders.drop", {}, 3)]
        first, second, third = post("/json-rpc", batch).json
        show("a batch is several", first["result"]["items"] == ["tea"])
        show(
            "an order that is not there is an error with what the service said",
            second["error"]["data"]["status"] == 404,
        )
        show("so is a method that is not there", third["error"]["code"] == -32601)

        server = ServerProxy(f"http://127.0.0.1:{stage.port(8080)}/RPC2")
        show("a client of XML-RPC gets the same order", server.orders.get(7) == order)
        try:
            server.orders.get(99)
        except Fault as fault:
            show("and a fault for one that is not there", fault.faultCode == 404)

        show("behind /stock is XML-RPC, and clients see JSON", stage.get("/stock/tea").json == 5)
        show("they change something with POST", post("/stock/tea/bookings", {"amount": 2}).json == {"left": 3})
        show("and a fault is a problem with a status", stage.get("/stock/wine").status == 404)


if __name__ == "__main__":
    main()
