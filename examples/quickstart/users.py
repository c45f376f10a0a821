"""A service of users: ``GET /users`` and ``GET /users/{id}``."""

import sys

from examples.service import Answer, serve

USERS = {
    "1": {"id": "1", "name": "Ada"},
    "2": {"id": "2", "name": "Linus"},
}


def answer(method: str, path: str, body: bytes) -> Answer:
    match path.strip("/").split("/"):
        case ["users"]:
            return 200, list(USERS.values())
        case ["users", user] if user in USERS:
            return 200, USERS[user]
    return 404, {"error": f"there is nothing at {path}"}


if __name__ == "__main__":
    serve(int(sys.argv[1]), answer)
