"""A chat over WebSockets whose service speaks none: what one says, all in the room are told."""

import json
import sys
from pathlib import Path

from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import ClientConnection, connect

from examples.stage import Stage, listens, show, wait

FOLDER = Path(__file__).parent


def main() -> None:
    with Stage() as stage:
        rooms, inside = stage.port(9001), stage.port(8081)
        service = stage.start(sys.executable, "-m", "examples.websocket_api.rooms", str(rooms), str(inside))
        wait(lambda: listens(rooms), service)
        stage.gateway(stage.copy(FOLDER / "crossway.yaml"))
        chat = f"ws://127.0.0.1:{stage.port(8080)}/chat"

        with connect(f"{chat}?room=tea") as ada, connect(f"{chat}?room=tea") as bob:
            ada.send(json.dumps({"action": "say", "text": "hello"}))
            told = [heard(ada), heard(ada)]
            show("who says something gets an answer", {"said": 1} in told)
            show("and all in the room are told it", {"text": "hello"} in told and heard(bob) == {"text": "hello"})

            name = bob.response.headers["x-connection-id"] if bob.response else ""
            address = f"/push/@connections/{name}"
            show("a service asks who is there", stage.get(address, port=8081).json["groups"] == ["room-tea"])
            stage.get(address, port=8081, method="POST", body=b'{"text": "psst"}')
            show("and speaks to one of them", heard(bob) == {"text": "psst"})

            ada.send("what is this?")
            show("what is no operation is told", heard(ada)["error"]["code"] == "websocket_api.no_route")
            for _ in range(6):
                bob.send(json.dumps({"action": "say", "text": "spam"}))
            show("who says too much is closed", closed(bob) == 1008)

        try:
            connect(f"{chat}?room=coffee")
        except InvalidStatus as refused:
            show("the service refuses who wants into no room", refused.response.status_code == 403)


def heard(client: ClientConnection) -> dict[str, object]:
    return json.loads(client.recv(timeout=10))


def closed(client: ClientConnection) -> int:
    try:
        while True:
            client.recv(timeout=10)
    except ConnectionClosed as end:
        return end.rcvd.code if end.rcvd else 1006


if __name__ == "__main__":
    main()
