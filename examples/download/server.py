"""A server of files, with ranges."""

import os
from pathlib import Path

from granian import Granian
from granian.constants import Interfaces
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import FileResponse
from starlette.routing import Route

FOLDER = Path(os.environ["FILES"])


async def file(request: Request) -> FileResponse:
    return FileResponse(FOLDER / request.path_params["name"])


app = Starlette(routes=[Route("/files/{name}", file)])


if __name__ == "__main__":
    Granian("examples.download.server:app", port=int(os.environ["PORT"]), interface=Interfaces.ASGI).serve()
