"""``crossway new``: a plugin or an app to start from, with its test, that works as it is."""

from __future__ import annotations

import keyword
import re
from pathlib import Path
from string import Template
from typing import Final

from crossway.cli.terminal import say
from crossway.errors import RemoteError, UserError

_PLUGIN: Final = '''"""Says in every response what the settings of the route tell it to."""

from pydantic import BaseModel

from crossway import Request, Response, plugin


class Settings(BaseModel):
    """What a route may say. It is checked when the configuration is read."""

    header: str = "x-$word"
    value: str = "on"


@plugin
async def $module(request: Request, response: Response, settings: Settings) -> None:
    """Set the header, unless the response has it already."""
    if settings.header not in response.headers:
        response.headers[settings.header] = settings.value
'''

_PLUGIN_TEST: Final = '''"""Run with `pytest`; through a real Envoy with `pytest --envoy`."""

from $module import $module

from crossway import Response
from crossway.sdk.testing import Gateway


def test_the_header_is_set(gateway: Gateway) -> None:
    gateway.use($module, {"value": "tested"})
    assert gateway.get("/").headers["x-$word"] == "tested"


def test_what_the_backend_says_stays(gateway: Gateway) -> None:
    gateway.use($module)
    gateway.service("backend", lambda request: Response(headers={"x-$word": request.path}))
    assert gateway.get("/mine").headers["x-$word"] == "/mine"
'''

_PLUGIN_GATEWAY: Final = """# Run it:   crossway run gateway.yaml
# Try it:   curl -i localhost:8080/hello
gateways:
  edge:
    listeners:
      http: {port: 8080}
plugins:
  $module:
    file: $module.py
routes:
  hello:
    matches: [{path: /hello}]
    respond: {body: "hello\\n"}
    policies:
      plugins:
        - {plugin: $module, settings: {value: "hello from $name"}}
"""

_APP: Final = '''"""A gateway in Python. Run it with `crossway run app.py`; an edit goes live when it is saved.

Try it:   curl localhost:8080/hello/you
"""

from crossway import Crossway, Response, rate_limit

cw = Crossway()
users = cw.service("users", "http://127.0.0.1:9001")
cw.route("/users/*", to=users, policies=[rate_limit("100/minute", by="client_ip")])


@cw.compose("GET /hello/{name}")
async def hello(name: str, times: int = 1) -> dict[str, str]:
    """Answer without any backend."""
    return {"text": " ".join(["hello", *[name] * times])}


@cw.compose("GET /profile/{user_id}")
async def profile(user_id: int) -> dict[str, object] | Response:
    """Answer with what several calls say, which are made at once."""
    user, friends = await cw.gather(users.get(f"/users/{user_id}"), users.get(f"/users/{user_id}/friends"))
    if not user.ok:
        return user
    return {**user.json(), "friends": friends.json() if friends.ok else []}
'''

_APP_TEST: Final = '''"""Run with `pytest`; through a real Envoy with `pytest --envoy`."""

from app import cw

from crossway import Request, Response
from crossway.sdk.testing import Gateway


def users(request: Request) -> object:
    match request.path.split("/")[2:]:
        case ["7"]:
            return {"name": "Ada"}
        case ["7", "friends"]:
            return ["Linus"]
    return Response(404)


def test_hello(gateway: Gateway) -> None:
    gateway.app(cw)
    assert gateway.get("/hello/you?times=2").json() == {"text": "hello you you"}
    assert gateway.get("/hello/you?times=many").status == 400


def test_a_profile(gateway: Gateway) -> None:
    gateway.app(cw)
    gateway.service("users", users)
    assert gateway.get("/profile/7").json() == {"name": "Ada", "friends": ["Linus"]}
    assert gateway.get("/profile/8").status == 404


def test_a_route(gateway: Gateway) -> None:
    gateway.app(cw)
    gateway.service("users", users)
    assert gateway.get("/users/7").json() == {"name": "Ada"}
'''


def new_plugin(name: str, directory: Path | None = None, /) -> None:
    """Write a plugin with settings, its test, and a configuration that uses it.

    Parameters
    ----------
    name
        What the plugin is called.
    directory
        Where to write it; a directory of its own name if not given.

    """
    module = _module(name)
    texts = {f"{module}.py": _PLUGIN, f"test_{module}.py": _PLUGIN_TEST, "gateway.yaml": _PLUGIN_GATEWAY}
    where = directory or Path(name)
    _write(where, texts, name=name, module=module, word=module.replace("_", "-"))
    say(f"wrote {', '.join(texts)} in {where}; next: cd {where} && pytest && crossway run gateway.yaml")


def new_app(directory: Path = Path(), /) -> None:
    """Write an app, a gateway in Python, and its test.

    Parameters
    ----------
    directory
        Where to write it; here if not given.

    """
    texts = {"app.py": _APP, "test_app.py": _APP_TEST}
    _write(directory, texts)
    say(f"wrote {', '.join(texts)} in {directory}; next: cd {directory} && pytest && crossway run app.py")


def _module(name: str) -> str:
    """Return the name of the module of a plugin."""
    module = re.sub(r"[-.]", "_", name).lower()
    if not re.fullmatch(r"[a-z]\w*", module, re.ASCII) or keyword.iskeyword(module):
        raise UserError(f"{name!r} cannot be a module of Python: use letters, digits and -, and begin with a letter")
    return module


def _write(directory: Path, texts: dict[str, str], **values: str) -> None:
    """Write all *texts*, or none of them if one is there already."""
    for name in texts:
        if (directory / name).exists():
            raise UserError(f"{directory / name} is there already, and nothing was written")
    try:
        directory.mkdir(parents=True, exist_ok=True)
        for name, text in texts.items():
            (directory / name).write_text(Template(text).safe_substitute(values))
    except OSError as error:
        raise RemoteError(f"{error.filename} cannot be written: {error.strerror}") from None
