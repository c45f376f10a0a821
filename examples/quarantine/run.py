"""A changeset with two bad routes: they are put aside, the rest goes live, and they are back when they are mended."""

import subprocess
from pathlib import Path

from examples.stage import CROSSWAY, Stage, show

CONFIG = Path(__file__).with_name("crossway.yaml")
CHANGE = Path(__file__).with_name("change.yaml")


def main() -> None:
    with Stage() as stage:
        stage.service("orders", 9001)
        stage.gateway()
        show("the first configuration is live", apply(stage, stage.copy(CONFIG)) == 0)
        show("and serves", stage.get("/menu").body == b"the menu of yesterday")

        change = stage.copy(CHANGE)
        show("the change is live, with something in quarantine", apply(stage, change) == 3)
        show("its good route serves", stage.get("/news").body == b"the news of today")
        show("the route that was good before is what it was", stage.get("/menu").body == b"the menu of yesterday")
        closed = stage.get("/dishes/7")
        show("the one that never was answers 503", closed.status == 503)
        show("and says why", closed.json["code"] == "proxy.refused")
        show("what has nothing to do with it serves", stage.get("/orders/7").status == 200)

        change.write_text(change.read_text().replace("Cyrillc", "Cyrillic"))
        show("mended, all of it is live", apply(stage, change) == 0)
        show("with the new menu", stage.get("/menu").body == b"the menu of today")
        show("and the dishes", stage.get("/dishes/7").status == 200)


def apply(stage: Stage, config: Path) -> int:
    """Apply *config* to the gateway, and return the exit status."""
    state = ("--state", stage.directory / "state-7070")
    return subprocess.run([CROSSWAY, "apply", config, *state], check=False).returncode


if __name__ == "__main__":
    main()
