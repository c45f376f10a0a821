"""A bridge of one's own: clients speak JSON, and the backend lines of `NAME=value`, as an old till does."""

from pydantic import BaseModel

from crossway import Next, Request, Response, plugin


class Settings(BaseModel):
    """What a route may say."""

    largest: int = 10_000
    """How many bytes a message may have, in either direction."""


@plugin
async def lines(request: Request, call_next: Next, settings: Settings) -> Response:
    """Turn the object that a client sends into lines, and the lines that come back into an object."""
    await request.read(settings.largest)
    try:
        request.body = write(request.json())
    except ValueError as error:
        return Response(400, json={"error": f"the message {error}"})
    request.headers["content-type"] = "text/plain"
    answer = await call_next(request)
    if not answer.ok:
        return answer
    await answer.read(settings.largest)
    try:
        return Response(json=read(answer.text))
    except ValueError as error:
        return Response(502, json={"error": f"the answer of the till {error}"})


def write(message: object) -> str:
    """Return *message* as lines; `ValueError` with the rest of a sentence for what lines cannot say."""
    if not isinstance(message, dict):
        raise ValueError("is no object")
    for name, value in message.items():
        if not name.isalnum() or not isinstance(value, str | int) or "\n" in str(value):
            raise ValueError(f"has the field {name!r}, which is no line")
    return "".join(f"{name.upper()}={value}\n" for name, value in message.items())


def read(text: str) -> dict[str, str]:
    """Return the object that the lines *text* are; `ValueError` with the rest of a sentence if they are none."""
    message: dict[str, str] = {}
    for line in text.splitlines():
        name, equals, value = line.partition("=")
        if not equals or name.lower() in message:
            raise ValueError(f"has the line {line!r}, which is none of ours")
        message[name.lower()] = value
    return message
