"""Several requests in one, in both formats."""

import json
from pathlib import Path
from typing import Any

import pytest

from crossway.runtime.odata import batch
from crossway.runtime.odata.error import ODataError
from runtime.odata.shop import DATA, Rest, Shop, fill, of_collections, of_tables

each = pytest.mark.parametrize
JSON = {"content_type": "application/json"}
MIXED = {"content_type": "multipart/mixed; boundary=b"}


async def sent(shop: Shop, requests: list[dict[str, Any]], **headers: str) -> list[dict[str, Any]]:
    response = await shop.ask("$batch", "POST", {"requests": requests}, **headers)
    assert response.status == 200, response.text
    return list(json.loads(response.body)["responses"])


def get(identity: str, url: str, **more: Any) -> dict[str, Any]:
    return {"id": identity, "method": "get", "url": url, **more}


async def test_json() -> None:
    shop = of_collections(Rest(DATA))
    first, second, third, fourth = await sent(
        shop,
        [
            get("1", "Customers(1)?$select=name", headers={"accept": "application/json;odata.metadata=none"}),
            get("2", "/odata/Orders/$count"),
            get("3", "http://shop.test/odata/Customers(3)/name"),
            {"id": "4", "method": "PATCH", "url": "Customers(1)", "body": {"city": "Rome"}},
        ],
    )
    assert (first["id"], first["status"], first["body"]) == ("1", 200, {"name": "Ada"})
    assert (second["body"], third["body"]["value"], fourth["status"]) == ("12", "O'Neil", 204)


async def test_it_stops_at_the_first_error_unless_it_goes_on() -> None:
    shop = of_collections(Rest(DATA))
    requests = [get("1", "Nothing"), get("2", "Customers(1)"), get("3", "Customers(1)", dependsOn=["1"])]
    answers = await sent(shop, requests)
    assert [(answer["id"], answer["status"]) for answer in answers] == [("1", 404)]
    answers = await sent(shop, requests, prefer="odata.continue-on-error")
    assert [answer["status"] for answer in answers] == [404, 200, 424]
    assert answers[2]["body"]["error"]["code"] == "odata.failed_dependency"


async def test_requests_happen_together_or_not_at_all(tmp_path: Path) -> None:
    fill(tmp_path / "shop.db", DATA)
    async with of_tables(f"sqlite:///{tmp_path}/shop.db") as shop:
        good = {"id": "1", "atomicityGroup": "g", "method": "POST", "url": "Customers", "body": {"id": 9, "name": "Q"}}
        order = {"id": "2", "atomicityGroup": "g", "method": "PATCH", "url": "$1", "body": {"city": "Nice"}}
        twice = {"id": "3", "atomicityGroup": "g", "method": "POST", "url": "Customers", "body": {"id": 1}}
        answers = await sent(shop, [good, order, twice])
        assert [(answer["status"], answer["body"]["error"]["code"]) for answer in answers] == [
            (409, "odata.conflict")
        ] * 3
        assert await shop.error("Customers(9)") == (404, "odata.not_found")
        answers = await sent(shop, [good, order])
        assert [answer["status"] for answer in answers] == [201, 204]
        assert (await shop.json("Customers(9)"))["city"] == "Nice"


async def test_services_have_no_transactions() -> None:
    shop = of_collections(Rest(DATA))
    pieces = [
        {"id": str(key), "atomicityGroup": "g", "method": "PATCH", "url": f"Customers({key})", "body": {"city": "X"}}
        for key in (1, 2)
    ]
    answers = await sent(shop, pieces)
    assert [answer["body"]["error"]["code"] for answer in answers] == ["odata.unsupported"] * 2
    assert (await sent(shop, pieces[:1]))[0]["status"] == 204


def mixed(*parts: str) -> bytes:
    return ("".join(f"--b\r\n{part}\r\n" for part in parts) + "--b--\r\n").encode()


def part(line: str, body: str = "", head: str = "content-type: application/http\r\ncontent-id: 1\r\n") -> str:
    return f"{head}\r\n{line} HTTP/1.1\r\ncontent-type: application/json\r\n\r\n{body}"


async def test_multipart(tmp_path: Path) -> None:
    fill(tmp_path / "shop.db", DATA)
    async with of_tables(f"sqlite:///{tmp_path}/shop.db") as shop:
        changes = "--c\r\n" + part("POST Customers", '{"id": 8, "name": "Ed"}').replace("id: 1", "id: 2") + "\r\n--c--"
        body = mixed(
            part("GET Customers(1)?$select=name"), f"content-type: multipart/mixed; boundary=c\r\n\r\n{changes}"
        )
        response = await shop.ask("$batch", "POST", body, **MIXED)
        kind, text = response.headers["content-type"], response.text
        assert kind.startswith("multipart/mixed; boundary=batch_")
        assert text.count("HTTP/1.1 200 OK") == text.count("HTTP/1.1 201 Created") == 1
        assert "content-id: 1" in text
        assert "boundary=changeset_" in text
        assert (await shop.json("Customers(8)"))["name"] == "Ed"


def requests(number: int) -> bytes:
    return json.dumps({"requests": [get(str(place), "Orders") for place in range(number)]}).encode()


WRONG = {
    "ten thousand": (requests(10_000), JSON, (413, "odata.batch_too_large")),
    "ten thousand parts": (mixed(*[part("GET Orders")] * 10_000)[: 2**20], MIXED, (413, "odata.batch_too_large")),
    "too large": (b"x" * (2**20 + 1), JSON, (413, "odata.body_too_large")),
    "a key twice": (b'{"requests": [], "requests": []}', JSON, (400, "odata.duplicate_key")),
    "no JSON": (b"{", JSON, (400, "odata.malformed")),
    "no list": (b"{}", JSON, (400, "odata.batch")),
    "no object": (b'{"requests": [1]}', JSON, (400, "odata.batch")),
    "a method": (b'{"requests": [{"id": "1", "method": "TRACE", "url": "x"}]}', JSON, (400, "odata.batch")),
    "an id twice": (
        b'{"requests": [%s, %s]}' % (2 * (json.dumps(get("1", "Orders")).encode(),)),
        JSON,
        (400, "odata.batch"),
    ),
    "no type": (b"{}", {"content_type": "text/plain"}, (415, "odata.media_type")),
    "no end": (b"--b\r\n", MIXED, (400, "odata.batch")),
    "no request": (mixed("content-type: text/plain\r\n\r\nhello"), MIXED, (400, "odata.batch")),
    "no line": (mixed("content-type: application/http\r\n\r\nhello"), MIXED, (400, "odata.batch")),
}


@each("name", WRONG)
async def test_what_is_wrong_has_a_name(name: str) -> None:
    body, headers, expected = WRONG[name]
    assert await of_collections(Rest(DATA)).error("$batch", "POST", body, **headers) == expected


@each(
    ("request_", "code"),
    [
        (get("1", "$batch"), "odata.batch"),
        (get("1", "/admin"), "odata.not_found"),
        (get("1", "http://other.test/admin"), "odata.not_found"),
        (get("1", "Orders", headers={"odata-version": "2.0"}), "odata.version"),
    ],
)
async def test_a_request_that_cannot_be_made(request_: dict[str, Any], code: str) -> None:
    (answer,) = await sent(of_collections(Rest(DATA)), [request_])
    assert answer["body"]["error"]["code"] == code


async def test_a_request_in_a_batch_is_its_clients() -> None:
    rest = Rest(DATA)
    headers = {"x-consumer-username": "root", "traceparent": "theirs"}
    await sent(of_collections(rest), [get("1", "Orders", headers=headers)], x_consumer_username="ada")
    assert rest.sent[0].headers.get("x-consumer-username") == "ada"
    assert "traceparent" not in rest.sent[0].headers


async def test_a_batch_is_posted() -> None:
    assert await of_collections(Rest(DATA)).error("$batch") == (405, "odata.method")


def test_a_piece_has_a_length() -> None:
    text = part("POST Customers", '{"id": 8}garbage').replace("HTTP/1.1\r\n", "HTTP/1.1\r\ncontent-length: 9\r\n")
    (piece,) = batch.read("multipart/mixed;boundary=b", mixed(text), 5).pieces
    assert piece.body == b'{"id": 8}'
    with pytest.raises(ODataError):
        batch.read("multipart/mixed;boundary=b", mixed(*[text] * 6), 5)
