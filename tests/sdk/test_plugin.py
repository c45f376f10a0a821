import pytest
from pydantic import BaseModel

from crossway.sdk.http import Request, Response
from crossway.sdk.plugin import Head, Next, Plugin, PluginError, definition, plugin


class Settings(BaseModel):
    header: str = "x-stamp"


def test_a_hook_is_found_from_annotations_whatever_the_parameters_are_called() -> None:
    @plugin
    async def check(first: Head) -> Response | None: ...

    @plugin
    async def edit(one: Request, terms: Settings) -> Response | None: ...

    @plugin
    async def tag(one: Request, other: Response) -> Response | None: ...

    @plugin
    async def stamp(one: Request, on: Next, terms: Settings) -> Response:  # noqa: ARG001
        return await on(one)

    assert [definition(each).hooks for each in (check, edit, tag, stamp)] == [
        ("head",),
        ("request",),
        ("response",),
        ("around",),
    ]
    assert [definition(each).settings for each in (check, edit, tag, stamp)] == [None, Settings, None, Settings]


def test_a_hook_is_found_from_names_where_nothing_is_annotated() -> None:
    @plugin
    async def check(head): ...

    @plugin
    async def tag(response): ...

    @plugin
    async def stamp(call_next, request): ...

    assert [definition(each).hooks for each in (check, tag, stamp)] == [("head",), ("response",), ("around",)]


async def test_a_function_is_called_with_what_its_parameters_ask_for_in_their_order() -> None:
    @plugin
    async def stamp(settings: Settings, call_next, request):
        response = await call_next(request)
        response.headers[settings.header] = request.method
        return response

    @plugin
    async def tag(response, request):
        response.headers["x-path"] = request.path

    async def answer(_: Request) -> Response:
        return Response(204)

    around = definition(stamp).bind(Settings()).around
    on_response = definition(tag).bind(None).response
    assert around is not None
    assert on_response is not None
    response = await around(Request("GET", "/orders"), answer)
    await on_response(Request("GET", "/orders"), response)
    assert response.headers.items() == [("x-stamp", "GET"), ("x-path", "/orders")]


def test_a_function_stays_the_function_that_it_was() -> None:
    async def stamp(head: Head) -> Response | None:
        """Documentation."""

    assert plugin(stamp) is stamp
    assert definition(stamp).documentation == "Documentation."


def not_asynchronous(head): ...


async def nothing(): ...


async def unknown(request: Request, other: int): ...


async def any_number(*requests): ...


async def twice(one: Request, other: Request): ...


async def no_model(request, settings): ...


async def by_name(*, request): ...


async def head_and_response(head: Head, response: Response): ...


async def alone(call_next: Next): ...


async def unreadable(request: "Nowhere"): ...  # noqa: F821


@pytest.mark.parametrize(
    ("function", "message"),
    [
        (not_asynchronous, "not_asynchronous is not asynchronous; write 'async def not_asynchronous'"),
        (nothing, "the parameters of nothing (none) mean nothing; a plugin takes (head)"),
        (unknown, "the parameter other (int) of unknown means nothing"),
        (any_number, "any_number takes any parameters (*requests); name those that it needs"),
        (twice, "twice has two parameters for the request: one and other"),
        (no_model, "the settings of no_model have no pydantic model; write settings: Settings"),
        (by_name, "by_name takes request by name alone; plugins are called by position"),
        (head_and_response, "the parameters of head_and_response (head, response) mean nothing"),
        (alone, "the parameters of alone (call_next) mean nothing"),
        (unreadable, "an annotation of unreadable cannot be read: name 'Nowhere' is not defined"),
    ],
)
def test_a_signature_that_means_nothing_is_told(function, message: str) -> None:
    with pytest.raises(PluginError) as told:
        plugin(function)
    assert str(told.value).startswith(message)


async def test_a_class_does_what_it_has_methods_for() -> None:
    class Limit(Plugin):
        """Documentation."""

        class Settings(BaseModel):
            most: int = 3

        async def on_head(self, head: Head) -> Response | None:
            return Response(429) if len(head.path) > self.settings.most else None

        async def start(self) -> None: ...

    defined = definition(Limit)
    assert (defined.hooks, defined.settings, defined.documentation) == (("head",), Limit.Settings, "Documentation.")
    hooks = defined.bind(Limit.Settings(most=1))
    assert hooks.start is not None
    assert (hooks.request, hooks.response, hooks.around, hooks.stop) == (None, None, None, None)
    assert hooks.head is not None
    answer = await hooks.head(Head(Request("GET", "/orders")))
    assert answer is not None
    assert answer.status == 429


def test_the_settings_of_a_class_may_be_an_annotation_and_have_defaults() -> None:
    class Limit(Plugin):
        settings: Settings

        async def on_request(self, request): ...

    assert definition(Limit).settings is Settings
    assert Limit().settings == Settings()
    assert Limit(Settings(header="x-own")).settings.header == "x-own"


class Empty(Plugin):
    async def on_requests(self, request): ...


class NotAsynchronous(Plugin):
    def on_head(self, head): ...


class WrongParameters(Plugin):
    async def on_response(self, response): ...


class NoModel(Plugin):
    settings: int

    async def on_head(self, head): ...


class Stranger: ...


async def unmarked(head): ...


@pytest.mark.parametrize(
    ("thing", "message"),
    [
        (Empty, "Empty has none of the methods on_head, on_request, on_response, around and websocket; it has"),
        (NotAsynchronous, "NotAsynchronous.on_head is not asynchronous; write 'async def on_head'"),
        (WrongParameters, "WrongParameters.on_response does not take what it is given: (self, request, response)"),
        (NoModel, "the settings of NoModel are no pydantic model: int"),
        (Stranger, "Stranger is a class that does not inherit from crossway.Plugin"),
        (unmarked, "unmarked is a function without @plugin"),
        (3, "3 is no plugin"),
    ],
)
def test_what_is_no_plugin_is_told(thing: object, message: str) -> None:
    with pytest.raises(PluginError) as told:
        definition(thing)
    assert str(told.value).startswith(message)


def test_a_head_says_what_its_request_says_and_shares_its_headers() -> None:
    request = Request("GET", "/orders?page=2", {"x-request-id": "7", "x-consumer-username": "alice"})
    head = Head(request)
    assert (head.method, head.path, head.query, head.params) == ("GET", "/orders", "page=2", {"page": "2"})
    assert (head.id, head.consumer, head.groups) == ("7", "alice", ())
    head.headers["x-seen"] = "1"
    assert request.headers["x-seen"] == "1"
    assert repr(head) == "Head(GET /orders)"
