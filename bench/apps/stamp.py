"""A plugin around the call: a header on the request, and one on the answer. `bench.ext_proc` does the same."""

from crossway import Next, Request, Response, plugin


@plugin
async def stamp(request: Request, call_next: Next) -> Response:
    request.headers["x-stamp"] = "bench"
    response = await call_next(request)
    response.headers["x-stamped"] = "yes"
    return response
