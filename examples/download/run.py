"""A file from two servers at once, one of which is killed in the middle."""

import hashlib
import http.client
import os
import signal
import subprocess
import sys
from pathlib import Path

from examples.stage import ROOT, Stage, listens, show, wait

FOLDER = Path(__file__).parent
SIZE = 32 * 2**20


def main() -> None:
    with Stage() as stage:
        content = os.urandom(SIZE)
        (stage.directory / "large").write_bytes(content)
        servers = [server(stage, port) for port in (9001, 9002)]
        stage.gateway(stage.copy(FOLDER / "crossway.yaml"))

        small = stage.get("/files/large", headers={"range": "bytes=0-9"})
        show("a client may still ask for a range", (small.status, small.body) == (206, content[:10]))

        connection = http.client.HTTPConnection("localhost", stage.port(8080), timeout=60)
        connection.request("GET", "/files/large")
        answer = connection.getresponse()
        show("a whole file says how long it is", answer.headers["content-length"] == str(SIZE))
        told = hashlib.sha256(answer.read(SIZE // 4))
        os.killpg(servers[0].pid, signal.SIGKILL)
        told.update(answer.read())
        show("a server that dies in the middle is no harm", told.digest() == hashlib.sha256(content).digest())
        connection.close()


def server(stage: Stage, port: int) -> "subprocess.Popen[str]":
    environment = ("env", f"FILES={stage.directory}", f"PORT={stage.port(port)}", f"PYTHONPATH={ROOT}")
    process = stage.start(*environment, sys.executable, "-m", "examples.download.server", quiet=True)
    wait(lambda: listens(stage.port(port)), process)
    return process


if __name__ == "__main__":
    main()
