"""An application in ASGI that a gateway may mount: one that answers in JSON, to a path with a parameter."""

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route


async def note(request: Request) -> JSONResponse:
    return JSONResponse({"id": request.path_params["id"], "text": "buy tea", "tags": ["home", "today"], "done": False})


site = Starlette(routes=[Route("/notes/{id}", note)])
