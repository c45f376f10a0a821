"""Start the quickstart as ``make run`` does, use it, edit its configuration, and stop it as Ctrl-C does."""

import os
import shutil
import signal
import sys
from pathlib import Path

from examples.quickstart.serve import STATE
from examples.stage import Stage, ask_socket, end, show, wait


def main() -> None:
    with Stage() as stage:
        port = stage.port(8080)
        ports = (str(port), str(stage.port(7070)))
        quickstart = stage.start(sys.executable, "-m", "examples.quickstart.serve", *ports, quiet=True)
        wait(lambda: stage.get("/users/1").status == 200, quickstart)
        show("the users service answers through the gateway", stage.get("/users/1").json["name"] == "Ada")
        show("so does the orders service", stage.get("/orders/7").json["user"] == "1")
        show("a path without a route is a 404", stage.get("/nothing").status == 404)
        show("a route is for its methods only", stage.get("/orders/7", method="DELETE").status == 404)

        config = STATE / f"{port}.yaml"
        config.write_text(config.read_text() + "  hello:\n    matches: [{path: /hello}]\n    respond: {body: hello}\n")
        wait(lambda: stage.get("/hello").body == b"hello", quickstart)
        show("an edit is live", stage.get("/hello").status == 200)

        config.write_text(config.read_text().replace("respond: {body: hello}", "respnd: {body: hello}"))
        wait(lambda: ask_socket(STATE / str(port), "/v1/status")["refused"], quickstart)
        show("a mistake is refused, and changes nothing", stage.get("/hello").status == 200)

        children = descendants(quickstart.pid)
        show(f"{len(children)} processes run", len(children) >= 4)
        quickstart.send_signal(signal.SIGINT)
        show("Ctrl-C ends it", end(quickstart) == 0)
        show("and leaves no process behind", not [child for child in children if is_alive(child)])
        config.unlink()
        shutil.rmtree(STATE / str(port), ignore_errors=True)


def descendants(process: int) -> list[int]:
    """Return the children of a process, theirs, and so on: proc(5), ``/proc/PID/task/TID/children``."""
    found = []
    for task in Path(f"/proc/{process}/task").iterdir():
        for child in map(int, (task / "children").read_text().split()):
            found += [child, *descendants(child)]
    return found


def is_alive(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    return True


if __name__ == "__main__":
    main()
