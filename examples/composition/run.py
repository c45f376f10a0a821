"""One answer of what three services say, once in YAML and once in Python; and what comes of a service that fails."""

import subprocess
import sys
from pathlib import Path

from examples.stage import Answer, Stage, end, listens, show, wait

FOLDER = Path(__file__).parent
PAGE = {"name": "Ada", "things": [{"item": "tea", "price": 3}, {"item": "cake", "price": 4}]}
YAML, PYTHON = 8080, 8081


def main() -> None:
    with Stage() as stage:
        users = service(stage, "quickstart.users", 9001)
        orders = service(stage, "quickstart.orders", 9002)
        prices = service(stage, "composition.prices", 9003)
        stage.gateway(stage.copy(FOLDER / "crossway.yaml"))
        stage.gateway(stage.copy(FOLDER / "app.py"), admin=7071)

        def ask(user: str = "1") -> list[Answer]:
            return [stage.get(f"/profile/{user}", port=port) for port in (YAML, PYTHON)]

        show(f"three services, one answer: {PAGE}", [answer.json for answer in ask()] == [PAGE, PAGE])
        show("an unknown user is the 404 of the service of users", all(nobody(answer) for answer in ask("9")))

        end(prices)
        declared, written = ask()
        show("without prices, YAML says which step failed", (declared.status, declared.json["step"]) == (502, "prices"))
        show("and Python says what was written", (written.status, list(written.json)) == (502, ["error"]))

        end(orders)
        empty = {"name": "Ada", "things": []}
        show("without orders, there is a fallback: an empty list", [answer.json for answer in ask()] == [empty, empty])

        end(users)
        show("without users, there is nothing to say", [answer.status for answer in ask()] == [503, 503])


def service(stage: Stage, name: str, port: int) -> subprocess.Popen[str]:
    process = stage.start(sys.executable, "-m", f"examples.{name}", str(stage.port(port)))
    wait(lambda: listens(stage.port(port)), process)
    return process


def nobody(answer: Answer) -> bool:
    return (answer.status, answer.json) == (404, {"error": "there is nothing at /users/9"})


if __name__ == "__main__":
    main()
