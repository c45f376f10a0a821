"""One control plane, and two proxies that join it as from other machines. The proxies go on without it."""

import subprocess
from pathlib import Path

from examples.stage import CROSSWAY, Stage, end, show, wait

CONFIG = Path(__file__).with_name("crossway.yaml")
CONTROL, NORTH, SOUTH = 7070, 7071, 7072
"""The admin ports."""


def main() -> None:
    with Stage() as stage:
        stage.service("orders", 9001)
        config = stage.copy(CONFIG)
        listen = ("--listen", f"127.0.0.1:{stage.port(7443)}")
        control = stage.gateway(config, "--role", "control", *listen, admin=CONTROL)
        issue(stage, "north")
        issue(stage, "south")
        north = join(stage, "north", NORTH)
        south = join(stage, "south", SOUTH)

        wait(lambda: stage.get("/where").body == b"north", north)
        wait(lambda: stage.get("/where", port=8081).body == b"south", south)
        show("each proxy serves its own gateway", True)
        show("both forward to the service", stage.get("/orders/7").status == 200)
        proxies = stage.api("/v1/proxies", CONTROL)["items"]
        show("the control plane knows both", {proxy["view"] for proxy in proxies} == {"north", "south"})

        config.write_text(config.read_text().replace("body: south", "body: the south"))
        wait(lambda: stage.get("/where", port=8081).body == b"the south", south)
        show("an edit reaches the proxy it is for", stage.get("/where").body == b"north")

        end(control)
        show("without the control plane the proxies go on", stage.get("/orders/7").status == 200)
        end(north)
        north = join(stage, "north", NORTH)
        wait(lambda: stage.get("/where").body == b"north", north)
        show("and one that is started again serves what it had", stage.get("/orders/7").status == 200)


def issue(stage: Stage, name: str) -> None:
    """Issue credentials, as on the machine of the control plane, and carry them to the proxy's."""
    state = ("--state", stage.directory / f"state-{CONTROL}")
    subprocess.run([CROSSWAY, "issue", name, "--out", stage.directory / name, *state], check=True)


def join(stage: Stage, name: str, admin: int) -> subprocess.Popen[str]:
    """Start a proxy that serves the gateway *name*, as on a machine of its own."""
    control = ("--join", f"127.0.0.1:{stage.port(7443)}", "--credentials", stage.directory / name)
    return stage.gateway("--role", "proxy", *control, "--gateway", name, admin=admin)


if __name__ == "__main__":
    main()
