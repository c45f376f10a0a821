"""Clients speak JSON to a till that speaks lines; and a network filter counts connections of any protocol."""

import json
import socket
import sys
from pathlib import Path

from examples.stage import Answer, Stage, listens, show, wait

FOLDER = Path(__file__).parent


def main() -> None:
    with Stage() as stage:
        till = stage.start(sys.executable, "-m", "examples.custom_protocol.till", str(stage.port(9001)))
        wait(lambda: listens(stage.port(9001)), till)
        stage.copy(FOLDER / "lines.py")
        stage.gateway(stage.copy(FOLDER / "crossway.yaml"))

        def told(message: object) -> Answer:
            return stage.get("/till", method="POST", body=json.dumps(message).encode())

        total = told({"item": "tea", "amount": 2}).json
        show("JSON becomes lines, and lines JSON", total == {"item": "tea", "total": "6"})
        show("what no line can say is told in JSON", told({"item": ["tea"]}).status == 400)

        def answered() -> bool:
            with socket.create_connection(("127.0.0.1", stage.port(8081)), 5) as connection:
                try:
                    connection.sendall(b"POST / HTTP/1.0\r\ncontent-length: 9\r\n\r\nITEM=cake")
                    return bool(connection.recv(100))
                except ConnectionError:
                    return False

        let_in = [answered() for _ in range(3)]
        show("of three connections the network filter lets two through", let_in == [True, True, False])


if __name__ == "__main__":
    main()
