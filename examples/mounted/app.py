"""A gateway in Python with a Starlette application in it: `crossway run examples/mounted/app.py`."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route

from crossway import Crossway, rate_limit


@asynccontextmanager
async def lifespan(_: Starlette) -> AsyncIterator[dict[str, object]]:
    """Open what all requests share: it runs once in each proxy."""
    yield {"notes": {"1": "buy tea"}}


async def note(request: Request) -> Response:
    notes = request.state.notes
    if request.method == "PUT":
        notes[request.path_params["id"]] = (await request.body()).decode()
    found = notes.get(request.path_params["id"])
    return JSONResponse({"note": found, "at": request.url.path}, 200 if found else 404)


async def count(_: Request) -> Response:
    async def numbers() -> AsyncIterator[str]:
        for number in range(3):
            yield f"{number}\n"

    return StreamingResponse(numbers(), media_type="text/plain")


site = Starlette(
    routes=[Route("/notes/{id}", note, methods=["GET", "PUT"]), Route("/count", count)],
    lifespan=lifespan,
)

cw = Crossway()
cw.gateway("edge", 8080)
cw.policy(rate_limit("1000/minute", by="client_ip"))
orders = cw.service("orders", "http://127.0.0.1:9001")
cw.route("/orders/*", to=orders)
cw.mount("/admin", site)
