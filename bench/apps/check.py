"""A plugin that only looks at the head of a request, and says on it that it did."""

from crossway import Head, Response, plugin


@plugin
async def check(head: Head) -> Response | None:
    if "x-unchecked" in head.headers:
        return Response(403)
    head.headers["x-checked"] = "yes"
    return None
