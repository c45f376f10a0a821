import asyncio
from typing import Any

import pytest

from crossway.model.transfer import Download
from crossway.runtime.transferring.download import make
from crossway.sdk.http import Request, Response
from runtime.transferring.files import Files, cut, file, refuses

SIZE = 64 * 1024
CONTENT = bytes(range(256)) * 1500 + b"the end"


def downloading(**given: Any) -> Any:
    settings = Download.model_validate({"size": SIZE, "timeout": "5s"} | given)
    return make(settings.model_dump_json().encode(), "routes.files", None)  # type: ignore[arg-type]


async def fetched(files: Files, request: Request | None = None, **given: Any) -> Response:
    response: Response = await downloading(**given)(request or Request("GET", "/file"), files)
    await response.read()
    return response


async def test_a_file_comes_in_ranges_from_all_endpoints_and_in_order():
    files = Files(file(CONTENT), file(CONTENT), file(CONTENT))
    response = await fetched(files)
    assert (response.status, response.body) == (200, CONTENT)
    assert response.headers["content-length"] == str(len(CONTENT))
    assert response.headers["etag"] == '"1"'
    assert "content-range" not in response.headers
    assert len(files.asked) == 6
    assert {number for number, _ in files.asked} == {0, 1, 2}


async def test_what_breaks_off_is_asked_for_elsewhere_from_where_it_did():
    files = Files(file(CONTENT, fault=cut(1000)), file(CONTENT))
    assert (await fetched(files, parallel=1)).body == CONTENT
    assert files.asked[:2] == [(0, "bytes=0-65535"), (1, "bytes=1000-65535")]


async def test_an_endpoint_that_refuses_is_no_harm():
    good = file(CONTENT)
    assert (await fetched(Files(good, good, file(CONTENT, fault=refuses)))).body == CONTENT


@pytest.mark.parametrize(
    "other",
    [file(CONTENT, tag='"2"'), file(CONTENT[:-1]), file(CONTENT, tag=None), lambda _: Response(200, body=CONTENT)],
    ids=["tag", "length", "untagged", "whole"],
)
async def test_two_states_of_a_file_are_never_mixed(other: Any):
    response = await downloading(attempts=1, parallel=1)(Request("GET", "/file"), Files(file(CONTENT), other))
    with pytest.raises(ConnectionError):
        await response.read()


async def test_a_range_that_never_comes_ends_the_download():
    response = await downloading(attempts=2)(
        Request("GET", "/file"), Files(file(CONTENT), *[lambda _: Response(503)] * 99)
    )
    with pytest.raises(ConnectionError, match="the bytes from 65536 on do not come"):
        await response.read()


async def test_a_range_that_stands_still_is_asked_for_again():
    async def never() -> Any:
        await asyncio.Event().wait()
        yield b""

    def stuck(response: Response) -> Response:
        response.arriving(never())
        return response

    endpoints = [file(CONTENT), file(CONTENT, fault=stuck), *[file(CONTENT)] * 20]
    assert (await fetched(Files(*endpoints), timeout="100ms")).body == CONTENT


async def test_without_a_tag_the_time_of_the_last_change_tells():
    changed = "Sun, 22 Nov 2026 12:00:00 GMT"
    endpoint = file(CONTENT, tag=None, **{"last-modified": changed})
    assert (await fetched(Files(endpoint))).body == CONTENT


async def test_what_cannot_be_told_apart_comes_at_once():
    files = Files(file(CONTENT, tag=None))
    assert (await fetched(files)).body == CONTENT
    assert [asked for _, asked in files.asked] == ["bytes=0-65535", f"bytes=0-{len(CONTENT) - 1}"]


async def test_a_small_file_is_one_range():
    files = Files(file(b"small"))
    response = await fetched(files)
    assert (response.status, response.body, len(files.asked)) == (200, b"small", 1)


@pytest.mark.parametrize(
    "request_",
    [Request("GET", "/f", {"range": "bytes=1-2"}), Request("HEAD", "/f"), Request("GET", "/f", {"if-none-match": "x"})],
)
async def test_what_asks_for_something_else_passes(request_: Request):
    files = Files(lambda _: Response(304))
    assert (await fetched(files, request_)).status == 304
    assert files.asked[0][1] == request_.headers.get("range")


async def test_a_backend_without_ranges_answers_as_it_does():
    files = Files(lambda _: Response(200, body=b"all of it"))
    response = await fetched(files)
    assert (response.status, response.body, len(files.asked)) == (200, b"all of it", 1)


@pytest.mark.parametrize(
    "strange", [Response(416), Response(206, {"content-range": "bytes 5-9/10"}, b"12345"), Response(206, {}, b"x")]
)
async def test_what_nobody_has_asked_for_is_not_given(strange: Response):
    answers = iter([strange, Response(200, body=b"whole")])
    response = await fetched(Files(lambda _: next(answers)))
    assert (response.status, response.body) == (200, b"whole")


async def test_no_more_ranges_are_fetched_than_may_be_held():
    files = Files(file(CONTENT * 4))
    response = await downloading(parallel=3)(Request("GET", "/file"), files)
    stream = response.stream()
    await anext(stream)
    await asyncio.sleep(0.05)
    assert len(files.asked) == 3
    await stream.aclose()
