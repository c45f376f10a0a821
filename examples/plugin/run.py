"""A plugin with settings: tested without a gateway, run in one, edited while it runs, and broken without harm."""

import shutil
import subprocess
import sys
from collections.abc import Callable
from importlib.metadata import entry_points
from pathlib import Path

from examples.stage import ROOT, Stage, listens, show, wait

FOLDER = Path(__file__).parent
PYTEST = () if entry_points(group="pytest11", name="crossway") else ("-p", "crossway.sdk.testing")


def main() -> None:
    if shutil.which("pytest", path=Path(sys.executable).parent):
        tests = [sys.executable, "-m", "pytest", "-q", "-n0", *PYTEST, "-o", "testpaths=", FOLDER / "test_stamp.py"]
        show("its tests pass, without a gateway", subprocess.run(tests, cwd=ROOT, check=False).returncode == 0)

    with Stage() as stage:
        service = stage.start(sys.executable, "-m", "examples.policies.orders", str(stage.port(9001)))
        wait(lambda: listens(stage.port(9001)), service)
        code = stage.directory / "stamp.py"
        code.write_text((FOLDER / "stamp.py").read_text())
        config = stage.copy(FOLDER / "crossway.yaml")
        config.write_text(config.read_text().replace("examples/plugin/stamp.py", str(code)))
        gateway = stage.gateway(config)

        def contract(tenant: str) -> object:
            return stage.get("/orders/7", headers={"x-tenant": tenant}).json["headers"].get("x-contract")

        wait(lambda: stage.get("/orders/7", headers={"x-tenant": "tea"}).status == 200, gateway)
        show("a tenant is stamped with its contract", (contract("tea"), contract("cake")) == ("gold", "silver"))
        show("others are turned away", stage.get("/orders/7").status == 403)
        show("the route beside it is for everybody", stage.get("/public/7").status == 200)

        def edit(old: str, new: str, shown: Callable[[], bool]) -> None:
            code.write_text(code.read_text().replace(old, new))
            wait(shown, gateway)

        edit("return Response(403", "return Response(401", lambda: stage.get("/orders/7").status == 401)
        show("an edit of the code is live", contract("tea") == "gold")
        edit("return Response(401", "return Response(", lambda: bool(findings(stage)))
        show("broken code is told, with its line", "stamp.py" in findings(stage)[0])
        show("and the code from before goes on", (stage.get("/orders/7").status, contract("tea")) == (401, "gold"))


def findings(stage: Stage) -> list[str]:
    return [finding["message"] for finding in stage.api("/v1/status")["findings"]]


if __name__ == "__main__":
    main()
