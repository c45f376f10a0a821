"""Clients speak JSON, services speak SOAP: a real one, and others that say what no good one says."""

import base64
import json
import time
from collections.abc import Awaitable, Callable, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from jsonschema_rs import Draft202012Validator

from crossway.compile.contract import Fragment, Site
from crossway.model import Defined, PathMatch, Ref
from crossway.model.soap import SoapBackend
from crossway.policies.soap_backend import compile_soap_backend
from crossway.runtime.handler import Handler, Tools
from crossway.runtime.soap.backend import make
from crossway.sdk.http import Headers, Request, Response
from harness.soap import PASSWORD, RPC, SOAP_12, Service

DATA = Path(__file__).parents[2] / "data" / "wsdl"
Calling = Callable[[Request], Awaitable[Response]]
ENVELOPE_11 = "http://schemas.xmlsoap.org/soap/envelope/"
ENVELOPE_12 = "http://www.w3.org/2003/05/soap-envelope"


def handler(
    wsdl: bytes | str,
    settings: Mapping[str, object] = {},
    path: str = "/api/*",
    clock: Callable[[], float] = lambda: 1.8e9,
) -> Handler:
    content = wsdl.encode() if isinstance(wsdl, str) else wsdl
    beside = {str(file.relative_to(DATA)): file.read_bytes() for file in DATA.rglob("*.xsd")}
    site = Site(
        Ref("routes", "soap"),
        "default",
        PathMatch.model_validate(path),
        definitions={Ref("definitions", "wsdl", "default"): Defined(content, beside)},
    )
    spec = SoapBackend.model_validate({"definition": "wsdl", **settings})
    fragment = compile_soap_backend(spec, site)
    assert isinstance(fragment, Fragment), fragment
    (step,) = fragment.steps
    tools = Tools(call=None, store=None, clock=clock, background=lambda _: None)  # type: ignore[arg-type]
    return make(bytes(step.settings), "routes/soap", tools)


@cache
def bank() -> bytes:
    return (DATA / "bank.wsdl").read_bytes()


def post(path: str, body: object, **headers: str) -> Request:
    fields = Headers({"content-type": "application/json", **{k.replace("_", "-"): v for k, v in headers.items()}})
    return Request("POST", path, fields, json.dumps(body).encode())


def says(
    body: str, status: int = 200, headers: str = "", version: str = ENVELOPE_11, kind: str = "text/xml"
) -> Calling:
    head = f"<s:Header>{headers}</s:Header>" if headers else ""
    content = f'<s:Envelope xmlns:s="{version}">{head}<s:Body>{body}</s:Body></s:Envelope>'

    async def call(_: Request) -> Response:
        return Response(status, {"content-type": kind}, content)

    return call


class Recorder:
    """Answers with what it is told, and keeps what it was asked."""

    def __init__(self, answer: Calling) -> None:
        self._answer = answer
        self.asked: list[Request] = []

    async def __call__(self, request: Request) -> Response:
        self.asked.append(request)
        return await self._answer(request)


async def answered(given: Handler, request: Request, backend: Calling) -> tuple[int, Any]:
    response = await given(request, backend)
    return response.status, json.loads(await response.read() or b"null")


@pytest.mark.parametrize("service", [Service(), Service(SOAP_12), Service(style=RPC), Service(SOAP_12, RPC)])
async def test_a_real_service_is_called_with_json(service: Service) -> None:
    given = handler(service.wsdl)
    assert await answered(given, post("/api/add", {"a": 3, "b": -1}), service.call) == (200, {"return": 2})
    assert await answered(given, post("/api/greet", {"name": "Ä & <b>"}), service.call) == (
        200,
        {"return": "Hello, Ä & <b>"},
    )
    assert await answered(given, post("/api/divide", {"a": 1, "b": 4}), service.call) == (200, {"return": 0.25})


@pytest.mark.parametrize("service", [Service(), Service(SOAP_12)])
async def test_a_fault_is_a_problem(service: Service) -> None:
    given = handler(service.wsdl)
    status, told = await answered(given, post("/api/divide", {"a": 1, "b": 0}), service.call)
    assert (status, told["code"], told["detail"]) == (400, "soap_backend.fault", "Nothing can be divided by zero")
    assert told["fault"]["code"] in ("Client", "Sender")
    status, told = await answered(given, post("/api/divide", {"a": 1, "b": -1}), service.call)
    assert (status, told["detail"]) == (502, "The divider is broken")


async def test_operations_have_paths_of_rest() -> None:
    service = Service()
    operations = {"add": {"method": "GET", "path": "/sums/{a}/{b}"}, "greet": {"method": "GET"}}
    given = handler(service.wsdl, {"operations": operations})
    assert await answered(given, Request("GET", "/api/sums/3/4"), service.call) == (200, {"return": 7})
    asked = Request("GET", "/api/greet?name=Ada%20L")
    assert await answered(given, asked, service.call) == (200, {"return": "Hello, Ada L"})
    status, told = await answered(given, post("/api/divide", {}), service.call)
    assert (status, told["code"]) == (404, "soap_backend.not_found")
    response = await given(post("/api/greet", {}), service.call)
    assert (response.status, response.headers["allow"]) == (405, "GET, HEAD")


@pytest.mark.parametrize("kind", ["text", "digest"])
async def test_a_service_that_asks_who_we_are(kind: str) -> None:
    service = Service(secured=True)
    status, told = await answered(handler(service.wsdl), post("/api/add", {"a": 1, "b": 1}), service.call)
    assert status in (400, 502)
    assert told["code"] == "soap_backend.fault"
    token = {"username": "ada", "password": PASSWORD, "type": kind, "lifetime": "5m"}
    service = Service(secured=True)
    given = handler(service.wsdl, {"username_token": token}, clock=time.time)
    assert await answered(given, post("/api/add", {"a": 1, "b": 1}), service.call) == (200, {"return": 2})


@pytest.mark.parametrize("how", ["inline", "mtom"])
async def test_binary_values_stand_in_the_envelope_or_beside_it(how: str) -> None:
    service = Service()
    recorder = Recorder(service.call)
    given = handler(service.wsdl, {"attachments": how})
    content = base64.b64encode(bytes(range(256)) * 100).decode()
    assert await answered(given, post("/api/size", {"data": content}), recorder) == (200, {"return": 25_600})
    assert (b"Include" in recorder.asked[0].body) == (how == "mtom")
    form = (
        b'--x\r\ncontent-disposition: form-data; name="data"; filename="a"\r\n\r\n' + b"\0" * 5_000 + b"\r\n--x--\r\n"
    )
    request = Request("POST", "/api/size", {"content-type": "multipart/form-data; boundary=x"}, form)
    assert await answered(given, request, recorder) == (200, {"return": 5_000})


TRANSFER = {
    "@urgent": True,
    "amount": {"@currency": "EUR", "#text": 12.1},
    "iban": "DE0212030000000020",
    "to": {"@xsi:type": "Person", "name": "Ada"},
}
RECEIPT = (
    '<TransferResponse xmlns="urn:example:bank"><receipt>AAAA</receipt>'
    '<booked xsi:nil="true" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"/>'
    '<fees xmlns:t="urn:example:bank:types" currency="EUR">0.10</fees></TransferResponse>'
)


async def test_messages_are_written_as_the_schema_says() -> None:
    recorder = Recorder(says(RECEIPT))
    headers = {"Session": {"token": 'headers."x-session"'}, "{urn:x}Tenant": "query.tenant"}
    given = handler(bank(), {"headers": headers, "addressing": True})
    request = post("/api/Transfer", TRANSFER, x_session="s1")
    assert await answered(given, request, recorder) == (
        200,
        {"receipt": "AAAA", "booked": None, "fees": [{"@currency": "EUR", "#text": 0.1}]},
    )
    (asked,) = recorder.asked
    assert (asked.method, asked.path, asked.headers["soapaction"]) == (
        "POST",
        "/services/bank",
        '"urn:example:bank/Transfer"',
    )
    text = asked.body.decode()
    assert '<n1:amount currency="EUR">12.1</n1:amount>' in text
    assert ":token>s1</" in text
    assert "urn:example:bank/Transfer</wsa:Action>" in text
    assert "Tenant" not in text  # its expression gives nothing


async def test_decimals_keep_their_digits() -> None:
    given = handler(bank())
    response = await given(post("/api/Transfer", TRANSFER), says(RECEIPT))
    assert b'"#text":0.10' in await response.read()


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"amount": None}, "amount is missing"),
        ({"amount": {"@currency": "GBP", "#text": 1}}, "amount.@currency has to be one of: EUR, USD"),
        ({"amount": {"@currency": "EUR", "#text": "much"}}, "amount.#text has to be a number"),
        ({"amount": {"@currency": "EUR", "#text": "1e999999999"}}, "amount.#text has to be a number"),
        ({"account": 1}, "iban and account, of which only one may be there"),
        ({"iban": None}, "needs one of: iban, account+branch"),
        ({"to": {"name": "Ada"}}, "to has to say which type it is, in @xsi:type: Person, Company"),
        ({"to": {"@xsi:type": "Robot", "name": "Ada"}}, "to has an @xsi:type that is none of"),
        ({"tags": ["a b"]}, "tags has an item that is empty or has a space in it"),
        ({"ammount": 1}, "has no field 'ammount'; did you mean 'amount'?"),
        ({"note": "\x00"}, "note has a character that XML cannot have"),
        ({"to": "Ada"}, "to has to be an object"),
    ],
)
async def test_a_request_that_does_not_fit_is_told_where(change: dict[str, object], told: str) -> None:
    recorder = Recorder(says(RECEIPT))
    status, problem = await answered(handler(bank()), post("/api/Transfer", TRANSFER | change), recorder)
    assert (status, problem["code"]) == (400, "soap_backend.unfit_request")
    assert told in problem["detail"]
    assert recorder.asked == []


async def test_markup_in_values_stays_text() -> None:
    recorder = Recorder(says(RECEIPT))
    evil = "</n1:iban><evil/><![CDATA[ & ]]><!DOCTYPE x>"
    await answered(handler(bank()), post("/api/Transfer", TRANSFER | {"iban": evil}), recorder)
    text = recorder.asked[0].body.decode()
    assert "<evil" not in text
    assert "<!" not in text


@pytest.mark.parametrize(
    ("request_", "status", "code"),
    [
        (Request("POST", "/api/Transfer", {"content-type": "application/json"}, b"{"), 400, "malformed_request"),
        (Request("POST", "/api/Transfer", {"content-type": "application/json"}, b"[" * 5000), 400, "malformed_request"),
        (Request("POST", "/api/Transfer", {"content-type": "text/xml"}, b"<a/>"), 415, "media_type"),
        (
            Request("POST", "/api/Transfer", {"content-type": "application/json"}, b" " * 2**21),
            413,
            "request_too_large",
        ),
        (Request("POST", "/api/Nothing", {}, b""), 404, "not_found"),
        (Request("GET", "/api/Transfer"), 405, "method"),
        (Request("POST", "/api/Transfer?to.name=x&to=y", {}, b""), 400, "unfit_request"),
        (Request("POST", "/api/Transfer?to=y&to.name=x", {}, b""), 400, "malformed_request"),
    ],
)
async def test_a_request_that_cannot_be_read_is_a_problem(request_: Request, status: int, code: str) -> None:
    found, problem = await answered(handler(bank()), request_, says(RECEIPT))
    assert (found, problem["code"]) == (status, f"soap_backend.{code}")


FAULT_11 = (
    "<s:Fault><faultcode>s:{code}</faultcode><faultstring>No</faultstring><faultactor>urn:a</faultactor>"
    '<detail><NoFunds xmlns="urn:example:bank"><missing currency="EUR">3.50</missing></NoFunds></detail></s:Fault>'
)


@pytest.mark.parametrize(
    ("faults", "code", "status"),
    [
        ({"NoFundsFault": 409}, "Server", 409),
        ({"NoFunds": 402}, "Client", 402),
        ({}, "Server.Busy", 502),
        ({}, "Client", 400),
    ],
)
async def test_a_declared_fault_has_its_status_and_detail(faults: dict[str, int], code: str, status: int) -> None:
    given = handler(bank(), {"faults": faults})
    found, problem = await answered(given, post("/api/Transfer", TRANSFER), says(FAULT_11.format(code=code), 500))
    assert (found, problem["status"], problem["code"]) == (status, status, "soap_backend.fault")
    assert problem["fault"]["name"] == "NoFundsFault"
    assert problem["fault"]["actor"] == "urn:a"
    assert problem["fault"]["detail"] == {"NoFunds": {"missing": {"@currency": "EUR", "#text": 3.5}}}


async def test_a_fault_of_soap_12_has_subcodes_and_any_detail() -> None:
    fault = (
        "<s:Fault><s:Code><s:Value>s:Sender</s:Value><s:Subcode><s:Value>m:Timeout</s:Value></s:Subcode></s:Code>"
        '<s:Reason><s:Text xml:lang="en">Late</s:Text></s:Reason><s:Detail><x a="1">y</x></s:Detail></s:Fault>'
    )
    backend = says(fault, 400, version=ENVELOPE_12, kind="application/soap+xml")
    _, problem = await answered(handler(bank()), post("/api/Transfer", TRANSFER), backend)
    assert problem["fault"] == {
        "code": "Sender",
        "subcodes": ["Timeout"],
        "detail": {"x": {"@a": "1", "#text": "y"}},
    }


BOMB = (
    '<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]><s:Envelope xmlns:s="{ns}"><s:Body>&b;</s:Body></s:Envelope>'
)


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        (Response(200, {"content-type": "text/html"}, "<p>"), "malformed_answer"),
        (Response(200, {"content-type": "text/xml"}, "<p>"), "malformed_answer"),
        (Response(200, {"content-type": "text/xml"}, "<p/>"), "malformed_answer"),
        (Response(200, {"content-type": "text/xml"}, BOMB.format(ns=ENVELOPE_11)), "malformed_answer"),
        (Response(200, {"content-type": "text/xml"}, '<E:Envelope xmlns:E="urn:other"/>'), "version"),
        (Response(200, {"content-type": "text/xml"}, f'<Envelope xmlns="{ENVELOPE_11}"/>'), "malformed_answer"),
        (Response(200, {"content-type": "text/xml"}, b" " * 2**21), "answer_too_large"),
        (Response(200, {"content-type": "multipart/related"}, b"--x"), "malformed_answer"),
        (Response(200, {"content-type": "multipart/related; boundary=x"}, b"--x\r\n--x--"), "malformed_answer"),
    ],
)
async def test_an_answer_that_cannot_be_read_is_a_bad_gateway(answer: Response, code: str) -> None:
    async def backend(_: Request) -> Response:
        return answer

    status, problem = await answered(handler(bank()), post("/api/Transfer", TRANSFER), backend)
    assert (status, problem["code"]) == (502, f"soap_backend.{code}")


async def test_a_header_that_has_to_be_understood_is_not_passed_over() -> None:
    header = '<x:Key xmlns:x="urn:x" s:mustUnderstand="1"/>'
    status, problem = await answered(handler(bank()), post("/api/Transfer", TRANSFER), says(RECEIPT, 200, header))
    assert (status, problem["code"]) == (502, "soap_backend.must_understand")
    for harmless in (
        '<x:Key xmlns:x="urn:x"/>',
        '<x:Key xmlns:x="urn:x" s:mustUnderstand="1" s:actor="urn:somebody"/>',
        '<a:Action xmlns:a="http://www.w3.org/2005/08/addressing" s:mustUnderstand="1">x</a:Action>',
    ):
        status, _ = await answered(handler(bank()), post("/api/Transfer", TRANSFER), says(RECEIPT, 200, harmless))
        assert status == 200


async def test_what_is_no_soap_passes_as_it_is() -> None:
    async def backend(_: Request) -> Response:
        return Response(503, {"content-type": "text/plain"}, "no healthy upstream")

    response = await handler(bank())(post("/api/Transfer", TRANSFER), backend)
    assert (response.status, response.text) == (503, "no healthy upstream")


async def test_an_operation_without_an_answer() -> None:
    async def backend(_: Request) -> Response:
        return Response(202)

    response = await handler(bank())(post("/api/Notify", "hello"), backend)
    assert (response.status, await response.read()) == (202, b"")


async def test_types_may_hold_themselves_but_not_for_ever() -> None:
    def units(depth: int) -> str:
        inner = units(depth - 1) if depth else ""
        return f'<unit xmlns="urn:example:bank:types"><name>{depth}</name>{inner}</unit>'

    def said(depth: int) -> Calling:
        return says(f'<GetUnitResponse xmlns="urn:example:bank">{units(depth)}</GetUnitResponse>')

    given = handler(bank())
    # `unit` of the response is in the namespace of the bank, and this service has it in that of its types.
    status, value = await answered(given, post("/api/GetUnit", {"name": "x"}), said(2))
    assert (status, value["unit"]["unit"][0]["unit"][0]["name"]) == (200, "0")
    status, problem = await answered(given, post("/api/GetUnit", {"name": "x"}), said(100))
    assert (status, problem["code"]) == (502, "soap_backend.malformed_answer")
    status, problem = await answered(given, post("/api/GetUnit", {"name": "x"}), said(900))
    assert (status, problem["code"]) == (502, "soap_backend.malformed_answer")


async def test_attachments_of_an_answer() -> None:
    include = '<xop:Include xmlns:xop="http://www.w3.org/2004/08/xop/include" href="cid:one@x"/>'
    envelope = (
        f'<s:Envelope xmlns:s="{ENVELOPE_11}"><s:Body><TransferResponse xmlns="urn:example:bank"><receipt>{include}'
        "</receipt><booked>2026-01-01T00:00:00Z</booked></TransferResponse></s:Body></s:Envelope>"
    )
    content = (
        f"--b\r\ncontent-type: application/xop+xml\r\ncontent-id: <root>\r\n\r\n{envelope}\r\n"
        "--b\r\ncontent-id: <one@x>\r\n\r\nbytes\r\n"
        "--b\r\ncontent-id: <two>\r\ncontent-type: text/plain\r\n\r\nmore\r\n--b--"
    )

    async def backend(_: Request) -> Response:
        return Response(200, {"content-type": 'multipart/related; boundary="b"; start="<root>"'}, content)

    assert await answered(handler(bank()), post("/api/Transfer", TRANSFER), backend) == (
        200,
        {
            "receipt": "Ynl0ZXM=",
            "booked": "2026-01-01T00:00:00Z",
            "fees": [],
            "#attachments": [{"id": "two", "content_type": "text/plain", "base64": "bW9yZQ=="}],
        },
    )


async def test_attachments_of_a_request_beside_the_envelope() -> None:
    recorder = Recorder(says(RECEIPT))
    given = handler(bank(), {"attachments": "swa"})
    body = TRANSFER | {"#attachments": [{"id": "a", "content_type": "text/plain", "base64": "bW9yZQ=="}]}
    assert (await answered(given, post("/api/Transfer", body), recorder))[0] == 200
    assert recorder.asked[0].headers["content-type"].startswith('multipart/related; type="text/xml"')
    assert b"content-id: <a>\r\n\r\nmore\r\n--" in recorder.asked[0].body
    bad = TRANSFER | {"#attachments": [{"id": "a\r\nx: y", "base64": ""}]}
    status, problem = await answered(given, post("/api/Transfer", bad), recorder)
    assert (status, problem["code"]) == (400, "soap_backend.malformed_request")


async def test_a_large_message_is_read_in_a_thread_and_says_the_same() -> None:
    fee = '<fees currency="EUR">0.10</fees>'
    answer = says(RECEIPT.replace("</TransferResponse>", fee * 3_000 + "</TransferResponse>"))
    body = TRANSFER | {"key": ["k" * 100] * 500, "value": ["v" * 100] * 500}
    status, value = await answered(handler(bank()), post("/api/Transfer", body), answer)
    assert (status, len(value["fees"])) == (200, 3_001)


async def test_a_head_has_no_body() -> None:
    service = Service()
    given = handler(service.wsdl, {"operations": {"greet": {"method": "GET"}}})
    response = await given(Request("HEAD", "/api/greet?name=Ada"), service.call)
    assert (response.status, await response.read()) == (200, b"")


async def test_no_secret_is_shown() -> None:
    spec = SoapBackend.model_validate(
        {"definition": "wsdl", "username_token": {"username": "ada", "password": PASSWORD}}
    )
    assert PASSWORD not in repr(spec)
    assert PASSWORD not in spec.model_dump_json()


async def test_openapi_describes_all_that_there_is() -> None:
    given = handler(bank(), {"openapi": "/openapi.json", "faults": {"NoFunds": 409}})
    response = await given(Request("GET", "/api/openapi.json"), says(RECEIPT))
    document = response.json()
    assert document["openapi"] == "3.1.0"
    assert "409" in document["paths"]["/api/Transfer"]["post"]["responses"]
    schemas = document["components"]["schemas"]
    assert schemas["Unit"]["properties"]["unit"]["items"] == {"$ref": "#/components/schemas/Unit"}
    assert [each["allOf"][0]["$ref"].rpartition("/")[2] for each in schemas["Party"]["anyOf"]] == ["Person", "Company"]
    for schema in schemas.values():
        Draft202012Validator(schema | {"components": document["components"]})
