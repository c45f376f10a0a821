import pytest

from crossway.sdk.handlers import Composition, Handlers, Mount, Socket
from crossway.sdk.http import Request
from crossway.sdk.plugin import definition


async def nobody(_):
    raise AssertionError("nobody is behind a handler")


async def hello(name: str):
    """Say hello."""
    return f"hello {name}"


async def site(scope, receive, send):
    if scope["type"] == "lifespan":
        await receive()
        scope["state"]["ready"] = True
        return await send({"type": "lifespan.startup.complete"})
    await send({"type": "http.response.start", "status": 200 if scope["state"].get("ready") else 500, "headers": []})
    return await send({"type": "http.response.body", "body": scope["root_path"].encode()})


async def chat(websocket):
    """Chat."""


@pytest.fixture
def handlers():
    found = Handlers()
    found.add("hello", Composition("hello", "/hello/{name}", hello))
    found.add("admin", Mount("admin", "/admin", site))
    found.add("chat", Socket("chat", chat))
    return found


async def test_a_composition_is_a_plugin(handlers):
    known = definition(handlers.hello)
    assert (known.name, known.hooks, known.settings, known.documentation) == ("hello", ("around",), None, "Say hello.")
    response = await known.bind(None).around(Request("GET", "/hello/ada"), nobody)
    assert response.text == "hello ada"


async def test_a_mounted_app_lives_as_long_as_the_plugin(handlers):
    hooks = definition(handlers.admin).bind(None)
    await hooks.start()
    assert (await hooks.around(Request("GET", "/admin/x"), nobody)).text == "/admin"
    await hooks.stop()


def test_a_websocket_handler_is_a_plugin(handlers):
    known = definition(handlers.chat)
    assert known.hooks == ("websocket",)
    assert known.bind(None).websocket is chat


def test_names(handlers):
    assert [name for name, _ in handlers] == ["hello", "admin", "chat"]
    with pytest.raises(AttributeError, match="no handler 'other'"):
        _ = handlers.other
    with pytest.raises(ValueError, match="two handlers"):
        handlers.add("chat", Socket("chat", chat))
