"""Start the sample services and a gateway in front of them, until Ctrl-C. This is what ``make run`` starts.

On another port than 8080 the services move to free ports, and the gateway runs from a copy of the configuration.
"""

import shutil
import signal
import socket
import subprocess
import sys
from contextlib import ExitStack
from pathlib import Path

from examples.stage import CROSSWAY, ROOT, end, free_port, with_ports

FOLDER = Path(__file__).parent
STATE = ROOT / ".crossway/quickstart"
OTHERS = "PORT=8081 ADMIN=7071"


def main(port: int = 8080, admin: int = 7070) -> int:
    ports = {8080: 8080, 9001: 9001, 9002: 9002}
    config = FOLDER / "crossway.yaml"
    if port != 8080:
        ports = {8080: port, 9001: free_port(), 9002: free_port()}
        config = moved(config, ports)
    for wanted in (*ports.values(), admin):
        if not is_free(wanted):
            sys.exit(f"port {wanted} is taken: end what listens there, or choose others, as in make run {OTHERS}")
    with ExitStack() as stack:
        for number in (signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, signal.default_int_handler)
        for service, where in (("users", ports[9001]), ("orders", ports[9002])):
            start(stack, sys.executable, "-m", f"examples.quickstart.{service}", str(where))
        gateway = start(stack, CROSSWAY, "run", config, "--state", STATE / str(port), "--admin", f"127.0.0.1:{admin}")
        print(advice(config, port), flush=True)
        try:
            return gateway.wait()
        except KeyboardInterrupt:
            return end(gateway)


def start(stack: ExitStack, *command: str | Path) -> subprocess.Popen[str]:
    """Start a process that ends when *stack* does. Ctrl-C at the terminal reaches us alone: we pass it on in order."""
    process = subprocess.Popen(command, cwd=ROOT, text=True, process_group=0)
    stack.callback(end, process)
    return process


def moved(config: Path, ports: dict[int, int]) -> Path:
    """Return a copy of *config* with other *ports*."""
    copy = STATE / f"{ports[8080]}.yaml"
    copy.parent.mkdir(parents=True, exist_ok=True)
    copy.write_text(with_ports(config.read_text(), lambda written: ports.get(written, written)))
    return copy


def is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def advice(config: Path, port: int) -> str:
    width = shutil.get_terminal_size().columns
    shown = config.relative_to(ROOT)
    return f"""{"-" * min(width, 100)}
Crossway starts on http://localhost:{port}. Try, in another terminal:

  curl localhost:{port}/users/1
  curl localhost:{port}/orders/7
  curl -i localhost:{port}/nothing            a path without a route: 404
  .venv/bin/crossway status --state {(STATE / str(port)).relative_to(ROOT)}

Edit {shown} while this runs: a change is live once it is saved, a mistake is
named and changes nothing. Ctrl-C stops everything.
{"-" * min(width, 100)}"""


if __name__ == "__main__":
    try:
        sys.exit(main(*map(int, sys.argv[1:])))
    except KeyboardInterrupt:
        sys.exit("stopped before it was ready")
