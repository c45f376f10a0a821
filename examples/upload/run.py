"""An upload in tus 1.0 that is interrupted twice: by its client, and by the end of the gateway."""

import hashlib
import os
import sys
from pathlib import Path

from examples.stage import Answer, Stage, end, listens, show, wait

CONFIG = Path(__file__).with_name("crossway.yaml")
VIDEO = os.urandom(3 * 2**20)
TUS = {"tus-resumable": "1.0.0"}


def main() -> None:
    with Stage() as stage:
        videos = stage.start(sys.executable, "-m", "examples.upload.videos", str(stage.port(9001)))
        wait(lambda: listens(stage.port(9001)), videos)
        config = stage.copy(CONFIG)
        gateway = stage.gateway(config)

        began = stage.get("/videos", method="POST", headers={**TUS, "upload-length": str(len(VIDEO))})
        address = {name.lower(): value for name, value in began.headers.items()}["location"]
        show("an upload has an address of its own", began.status == 201)

        def send(start: int, until: int) -> Answer:
            fields = {"content-type": "application/offset+octet-stream", "upload-offset": str(start)}
            return stage.get(address, method="PATCH", headers=TUS | fields, body=VIDEO[start:until])

        show("the first megabyte is there", send(0, 2**20).status == 204)
        show("what overlaps it is refused", send(2**19, 2**20).status == 409)

        end(gateway)
        stage.gateway(config)
        head = stage.get(address, method="HEAD", headers=TUS)
        offset = int({name.lower(): value for name, value in head.headers.items()}["upload-offset"])
        show("it is still there when the gateway comes back", offset == 2**20)

        last = send(offset, len(VIDEO))
        digest = {name.lower(): value for name, value in last.headers.items()}["x-sha256"]
        show("the backend has every byte of it", digest == hashlib.sha256(VIDEO).hexdigest())


if __name__ == "__main__":
    main()
