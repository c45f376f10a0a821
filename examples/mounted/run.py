"""A Starlette application that runs in the gateway, beside a route to a service and under the same policies."""

import http.client
from pathlib import Path

from examples.stage import Stage, show, wait

APP = Path(__file__).with_name("app.py")


def main() -> None:
    with Stage() as stage:
        stage.service("orders", 9001)
        app = stage.copy(APP)
        gateway = stage.gateway(app)
        wait(lambda: stage.get("/admin/notes/1").status == 200, gateway)

        note = stage.get("/admin/notes/1")
        show("the application answers below its path", note.json == {"note": "buy tea", "at": "/admin/notes/1"})
        show("under the policies of the gateway", note.headers.get("x-ratelimit-limit", "").startswith("1000"))
        show("beside a route to a service", stage.get("/orders/7").json["service"] == "orders")

        client = http.client.HTTPConnection("localhost", stage.port(8080), timeout=5)
        client.request("PUT", "/admin/notes/2", body="bake cake")
        show("it reads what clients send", client.getresponse().read() == b'{"note":"bake cake","at":"/admin/notes/2"}')
        client.close()
        show("and keeps it", stage.get("/admin/notes/2").json["note"] == "bake cake")
        show("what it does not know is its own 404", stage.get("/admin/nothing").body == b"Not Found")
        show("it answers piece by piece", stage.get("/admin/count").body == b"0\n1\n2\n")

        app.write_text(app.read_text().replace("buy tea", "buy coffee"))
        wait(lambda: stage.get("/admin/notes/1").json["note"] == "buy coffee", gateway)
        show("an edit is live, without a restart", True)


if __name__ == "__main__":
    main()
