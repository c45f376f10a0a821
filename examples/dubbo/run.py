"""Two services that speak Dubbo's Triple, one in protobuf and one in Hessian 2, behind one REST API."""

import sys
from pathlib import Path

from examples.stage import Stage, listens, show, wait

FOLDER = Path(__file__).parent


def main() -> None:
    with Stage() as stage:
        ports = [stage.port(9001), stage.port(9002)]
        users = stage.start(sys.executable, "-m", "examples.dubbo.users", *map(str, ports))
        wait(lambda: all(map(listens, ports)), users)
        stage.gateway(stage.copy(FOLDER / "crossway.yaml"))

        show("what is described in protobuf is JSON", stage.get("/greetings/7").json == "Hello, Ada")
        show(
            "so is what is in Java alone",
            stage.get("/users/7").json == {"name": "Ada", "orders": 2**33, "active": True},
        )
        show("nobody is null", stage.get("/users/9").json is None)
        show("an error of a method has a status", stage.get("/greetings/9").status >= 500)
        show("and what is not there is 404", stage.get("/users").status == 404)


if __name__ == "__main__":
    main()
