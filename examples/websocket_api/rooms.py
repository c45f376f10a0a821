"""A service of rooms: what is posted to ``/rooms/{room}`` is pushed to everybody in it, through the gateway."""

import http.client
import json
import sys

from examples.service import Answer, serve

ROOMS: dict[str, int] = {"tea": 0}
"""How much was said in each."""


def answer(method: str, path: str, body: bytes) -> Answer:
    match path.strip("/").split("/"):
        case ["rooms", room] if room in ROOMS:
            if method == "POST":
                ROOMS[room] += 1
                push(room, json.loads(body)["text"])
            return 200, {"count": ROOMS[room]}
    return 403, {"error": "there is no such room"}


def push(room: str, text: str) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", int(sys.argv[2]))
    connection.request("POST", f"/push/@groups/room-{room}", json.dumps({"text": text}))
    connection.getresponse().read()
    connection.close()


if __name__ == "__main__":
    serve(int(sys.argv[1]), answer)
