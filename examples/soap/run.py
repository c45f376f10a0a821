"""JSON for a service that speaks SOAP, and SOAP for one that speaks JSON."""

import json
import shutil
import sys
import urllib.request
from pathlib import Path
from urllib.error import HTTPError

from examples.stage import Stage, listens, show, wait

FOLDER = Path(__file__).parent
ENVELOPE = """<e:Envelope xmlns:e="http://schemas.xmlsoap.org/soap/envelope/"><e:Body>
<GetPrice xmlns="urn:example:shop"><item>{item}</item></GetPrice></e:Body></e:Envelope>"""
PROBLEM = "Unprocessable Entity"


def main() -> None:
    with Stage() as stage:
        for name, port in (("calculator", 9001), ("shop", 9002)):
            process = stage.start(
                sys.executable, "-m", "examples.soap.services", name, str(stage.port(port)), quiet=True
            )
            wait(lambda port=port: listens(stage.port(port)), process)
        shutil.copy(FOLDER / "calculator.wsdl", stage.directory)
        stage.gateway(stage.copy(FOLDER / "crossway.yaml"))

        show("3 + 4, asked with a path", stage.get("/calculator/sums/3/4").json == {"result": 7})
        status, told = post(stage, "/calculator/Divide", json.dumps({"a": 7, "b": 0}), "application/json")
        show(
            "a fault is a problem with its own status",
            (status, json.loads(told)["code"]) == (422, "soap_backend.fault"),
        )
        status, told = post(stage, "/calculator/Divide", json.dumps({"a": 7}), "application/json")
        show(f"what is missing is told: {json.loads(told)['detail']}", status == 400)
        paths = stage.get("/calculator/openapi.json").json["paths"]
        show("OpenAPI says how to ask", "/calculator/sums/{a}/{b}" in paths)

        wsdl = stage.get("/shop?wsdl").body.decode()
        show("the shop has a WSDL, with the address that was asked", f"localhost:{stage.port(8080)}/shop" in wsdl)
        status, told = post(stage, "/shop", ENVELOPE.format(item="tea"), "text/xml")
        show("tea has a price in SOAP", status == 200 and ":price>3.5<" in told)
        status, told = post(stage, "/shop", ENVELOPE.format(item="soap"), "text/xml")
        show("an item that is not there is a fault", status == 500 and "UnknownItem" in told)


def post(stage: Stage, path: str, body: str, kind: str) -> tuple[int, str]:
    address = f"http://localhost:{stage.port(8080)}{path}"
    request = urllib.request.Request(address, body.encode(), {"content-type": kind})
    try:
        with urllib.request.urlopen(request, timeout=5) as answer:
            return answer.status, answer.read().decode()
    except HTTPError as refused:
        with refused:
            return refused.code, refused.read().decode()


if __name__ == "__main__":
    main()
