"""Clients speak SOAP, of either version, and what they are told is in their own."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest
import yaml

from crossway.compile.contract import Fragment, Site
from crossway.model import Defined, Ref
from crossway.model.soap import Soap
from crossway.policies.soap import compile_soap
from crossway.runtime.handler import Handler, Tools
from crossway.runtime.soap.endpoint import make
from crossway.sdk.http import Request, Response

DATA = Path(__file__).parents[2] / "data" / "wsdl"
V11, V12 = "http://schemas.xmlsoap.org/soap/envelope/", "http://www.w3.org/2003/05/soap-envelope"
TYPES = {V11: "text/xml; charset=utf-8", V12: "application/soap+xml; charset=utf-8"}
WSSE = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-secext-1.0.xsd"
SETTINGS = """
name: Orders
namespace: urn:orders
operations:
  GetOrder:
    request: {id: string, limit: "integer?"}
    response: {id: string, lines: [{sku: string, price: decimal}]}
    call: {service: orders, path: "/orders/{params.id}"}
    faults: {404: OrderNotFound}
  Count:
    response: {total: integer}
    call: {service: orders, path: /count}
"""


class Orders:
    """The service behind, and what it was asked."""

    def __init__(self, *answers: Response) -> None:
        self.answers = list(answers)
        self.asked: list[Request] = []

    async def call(self, _: str, request: Request) -> Response:
        self.asked.append(request)
        return self.answers[min(len(self.asked), len(self.answers)) - 1]


ORDER = {"id": "7", "lines": [{"sku": "a", "price": 1.5, "other": True}], "more": None}


def handler(orders: Orders, settings: str = SETTINGS, content: bytes = b"", **more: object) -> Handler:
    beside = {str(file.relative_to(DATA)): file.read_bytes() for file in DATA.rglob("*.xsd")}
    site = Site(
        Ref("routes", "soap"),
        "default",
        definitions={Ref("definitions", "bank", "default"): Defined(content, beside)},
    )
    fragment = compile_soap(Soap.model_validate(yaml.safe_load(settings) | more), site)
    assert isinstance(fragment, Fragment), fragment
    (step,) = fragment.steps
    tools = Tools(orders.call, store=None, clock=lambda: 0.0, background=lambda _: None)  # type: ignore[arg-type]
    return make(bytes(step.settings), "routes/soap", tools)


async def nobody(_: Request) -> Response:
    raise AssertionError("a service of SOAP has nothing behind it")


def envelope(body: str, version: str = V11, header: str = "") -> str:
    return f'<e:Envelope xmlns:e="{version}"><e:Header>{header}</e:Header><e:Body>{body}</e:Body></e:Envelope>'


def post(content: str | bytes, kind: str = TYPES[V11], headers: Mapping[str, str] | None = None) -> Request:
    return Request("POST", "/soap", {"content-type": kind, **(headers or {})}, content)


GET_ORDER = '<o:GetOrder xmlns:o="urn:orders"><o:id>7</o:id></o:GetOrder>'


async def asked(given: Handler, request: Request) -> tuple[int, str, ET.Element]:
    """Return status, content type and what is in the body."""
    response = await given(request, nobody)
    root = ET.fromstring(await response.read())
    namespace = root.tag[1:].partition("}")[0]
    assert response.headers["content-type"] == TYPES[namespace]
    body = root.find(f"{{{namespace}}}Body")
    assert body is not None
    return response.status, namespace, body[0]


async def fault(given: Handler, request: Request) -> tuple[int, str, str, str]:
    """Return status, namespace, the code of the fault, and that of its problem."""
    status, version, element = await asked(given, request)
    assert element.tag == f"{{{version}}}Fault"
    path = "faultcode" if version == V11 else f"{{{version}}}Code/{{{version}}}Value"
    code = (element.findtext(path) or "").rpartition(":")[2]
    problem = element.findtext(".//{urn:ietf:rfc:7807}code") or ""
    return status, version, code, problem


@pytest.mark.parametrize("version", [V11, V12])
async def test_an_answer_is_in_the_version_of_the_request(version: str) -> None:
    orders = Orders(Response(json=ORDER))
    status, spoken, element = await asked(handler(orders), post(envelope(GET_ORDER, version), TYPES[version]))
    assert (status, spoken, element.tag) == (200, version, "{urn:orders}GetOrderResponse")
    assert element.findtext("{urn:orders}lines/{urn:orders}price") == "1.5"
    assert orders.asked[0].target == "/orders/7"


async def test_a_large_message_is_read_in_a_thread_and_says_the_same() -> None:
    orders = Orders(Response(json=ORDER | {"lines": [{"sku": "x" * 50, "price": 1}] * 1_000}))
    content = envelope(GET_ORDER, header=f'<Note xmlns="urn:n">{"x" * 40_000}</Note>')
    _, _, element = await asked(handler(orders), post(content))
    assert len(element) == 1_001


async def test_an_answer_that_is_no_object_stands_under_its_only_element() -> None:
    _, _, element = await asked(handler(Orders(Response(json=3))), post(envelope('<Count xmlns="urn:orders"/>')))
    assert element.findtext("{urn:orders}total") == "3"


@pytest.mark.parametrize(("said", "namespace"), [(TYPES[V12], V11), (TYPES[V11], V12)])
async def test_mixed_versions_are_a_mismatch(said: str, namespace: str) -> None:
    found = await fault(handler(Orders()), post(envelope(GET_ORDER, namespace), said))
    assert found == (500, namespace, "VersionMismatch", "soap.version_mismatch")


@pytest.mark.parametrize("version", [V11, V12])
async def test_an_unknown_version_is_a_mismatch(version: str) -> None:
    request = post(envelope(GET_ORDER, "urn:soap:2.0"), TYPES[version])
    assert (await fault(handler(Orders()), request))[1:] == (version, "VersionMismatch", "soap.version_mismatch")
    response = await handler(Orders())(post(envelope(GET_ORDER, "urn:x"), TYPES[version]), nobody)
    assert (b"SupportedEnvelope" in await response.read()) == (version == V12)


@pytest.mark.parametrize(
    ("version", "header", "understood"),
    [
        (V11, '<h:Key xmlns:h="urn:h" e:mustUnderstand="1"/>', False),
        (V12, '<h:Key xmlns:h="urn:h" e:mustUnderstand="true"/>', False),
        (V12, f'<h:Key xmlns:h="urn:h" e:mustUnderstand="1" e:role="{V12}/role/next"/>', False),
        (V12, '<h:Key xmlns:h="urn:h" e:mustUnderstand="1" e:role="urn:other"/>', True),
        (V11, '<h:Key xmlns:h="urn:h" e:mustUnderstand="0"/>', True),
    ],
)
async def test_headers_that_have_to_be_understood(version: str, header: str, understood: bool) -> None:
    request = post(envelope(GET_ORDER, version, header), TYPES[version])
    response = await handler(Orders(Response(json=ORDER)))(request, nobody)
    content = (await response.read()).decode()
    assert ("MustUnderstand" not in content) == understood
    assert ("NotUnderstood" in content) == (version == V12 and not understood)


BOMB = '<!DOCTYPE x [<!ENTITY a "aaaa">]>'


@pytest.mark.parametrize("version", [V11, V12])
@pytest.mark.parametrize(
    ("content", "code"),
    [
        ("", "malformed"),
        ("{}", "malformed"),
        ("<e:Envelope", "malformed"),
        ("<other/>", "malformed"),
        (BOMB + "{}", "entity"),
        ("<Envelope>&lol;</Envelope>", "entity"),
        ("<a>" * 400 + "</a>" * 400, "malformed"),
        (" " * 2**21, "too_large"),
        ('<?xml version="1.0" encoding="utf-7"?><a/>', "encoding"),
    ],
)
async def test_a_message_that_cannot_be_read_is_the_clients_fault(version: str, content: str, code: str) -> None:
    _, _, said, problem = await fault(handler(Orders()), post(content, TYPES[version]))
    assert (said, problem) == ("Client" if version == V11 else "Sender", f"soap.{code}")


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ("", "malformed"),
        (GET_ORDER * 2, "malformed"),
        ('<Other xmlns="urn:orders"/>', "unknown_operation"),
        ('<o:GetOrder xmlns:o="urn:orders"><o:id>7</o:id><o:limit>x</o:limit></o:GetOrder>', "unfit_request"),
        ('<o:GetOrder xmlns:o="urn:orders"><o:id/></o:GetOrder>', "invalid"),
    ],
)
async def test_a_request_that_does_not_fit_is_the_clients_fault(body: str, code: str) -> None:
    status, version, said, problem = await fault(handler(Orders(Response(json=ORDER))), post(envelope(body)))
    assert (status, version, said, problem) == (500, V11, "Client", f"soap.{code}")
    status, version, said, problem = await fault(handler(Orders()), post(envelope(body, V12), TYPES[V12]))
    assert (status, version, said, problem) == (400, V12, "Sender", f"soap.{code}")


@pytest.mark.parametrize(
    ("answer", "code", "problem"),
    [
        (Response(403, json={"detail": "not yours"}), "Client", "soap.refused"),
        (Response(500), "Server", "soap.refused"),
        (Response(200, {"content-type": "application/json"}, b"{"), "Server", "soap.malformed"),
        (Response(200, json={"lines": "x"}), "Server", "soap.unfit_answer"),
        (Response(200, json=[]), "Server", "soap.unfit_answer"),
    ],
)
async def test_a_service_that_fails_is_a_fault(answer: Response, code: str, problem: str) -> None:
    assert (await fault(handler(Orders(answer)), post(envelope(GET_ORDER))))[2:] == (code, problem)


async def test_a_status_of_the_service_is_a_fault_with_a_name() -> None:
    answer = Response(404, {"content-type": "application/problem+json"}, b'{"detail": "no order \\u0001 7 & <8>"}')
    response = await handler(Orders(answer))(post(envelope(GET_ORDER)), nobody)
    root = ET.fromstring(await response.read())
    assert root.findtext(".//faultstring") == "no order   7 & <8>"
    assert root.find(".//detail/{urn:orders}OrderNotFound") is not None


async def test_a_compressed_message_and_another_type_are_refused() -> None:
    request = post(envelope(GET_ORDER), headers={"content-encoding": "gzip"})
    assert (await fault(handler(Orders()), request))[0] == 415
    assert (await fault(handler(Orders()), post("{}", "application/json")))[3] == "soap.media_type"


def token(kind: str = "PasswordText", username: str = "ada", more: str = "") -> str:
    return (
        f'<w:Security xmlns:w="{WSSE}" e:mustUnderstand="1"><w:UsernameToken><w:Username>{username}</w:Username>'
        f'<w:Password Type="x#{kind}">a:b</w:Password></w:UsernameToken>{more}</w:Security>'
    )


async def test_a_username_token_is_handed_on_or_refused() -> None:
    settings = SETTINGS.replace("{params.id}", '{params.id}", forward: [authorization], method: "GET')
    orders = Orders(Response(json=ORDER))
    given = handler(orders, settings, username_token="basic")
    assert (await asked(given, post(envelope(GET_ORDER, header=token()))))[0] == 200
    assert orders.asked[0].headers["authorization"] == "Basic YWRhOmE6Yg=="
    for header in (token("PasswordDigest"), token(username="a:b"), token(more="<Signature/>")):
        _, _, code, problem = await fault(given, post(envelope(GET_ORDER, header=header)))
        assert code in ("UnsupportedSecurityToken", "InvalidSecurityToken")
        assert problem == "soap.security_token"
    found = await fault(handler(Orders()), post(envelope(GET_ORDER, header=token())))
    assert found[2:] == ("MustUnderstand", "soap.must_understand")


async def test_the_wsdl_has_the_address_by_which_a_client_came() -> None:
    given = handler(Orders())
    request = Request("GET", "/soap?WSDL", {"host": "api.example.com", "x-forwarded-proto": "https"})
    response = await given(request, nobody)
    assert (response.status, response.headers["content-type"]) == (200, "text/xml; charset=utf-8")
    assert 'location="https://api.example.com/soap"' in response.text
    for other in (Request("GET", "/soap"), Request("PUT", "/soap"), Request("GET", "/soap?xsd=../x")):
        refused = await given(other, nobody)
        assert (refused.status, refused.headers["allow"]) == (405, "GET, HEAD, POST")


async def test_a_wsdl_that_clients_have_already_is_kept() -> None:
    orders = Orders(Response(409, json={"missing": {"@currency": "EUR", "#text": 2}}))
    settings = """
        definition: bank
        operations:
          Transfer:
            call: {service: accounts, path: /transfers, method: POST, body: "{of: params, by: soap_headers.Session}"}
            faults: {409: NoFundsFault}
          Notify: {call: {service: accounts, path: /notices, method: POST, body: params}}
    """
    given = handler(orders, settings, (DATA / "bank.wsdl").read_bytes())
    wsdl = (await given(Request("GET", "/bank?wsdl", {"host": "bank.test"}), nobody)).text
    assert 'schemaLocation="?xsd=bank/types.xsd"' in wsdl
    types = (await given(Request("GET", "/bank?xsd=bank/types.xsd"), nobody)).text
    assert 'schemaLocation="?xsd=bank/money.xsd"' in types
    body = (
        '<b:Transfer xmlns:b="urn:example:bank" xmlns:t="urn:example:bank:types"><t:amount currency="EUR">2.50'
        '</t:amount><t:iban>DE0212030000000020</t:iban><t:to xmlns:i="http://www.w3.org/2001/XMLSchema-instance"'
        ' i:type="t:Person"><t:name>Ada</t:name></t:to></b:Transfer>'
    )
    header = '<Session xmlns="urn:example:bank" e:mustUnderstand="1"><token>t</token></Session>'
    response = await given(post(envelope(body, header=header)), nobody)
    detail = ET.fromstring(await response.read()).find(".//detail/{urn:example:bank}NoFunds")
    assert detail is not None
    assert detail[0].text == "2"
    sent = json.loads(orders.asked[0].body)
    assert sent["by"] == {"token": "t"}
    assert sent["of"]["amount"] == {"@currency": "EUR", "#text": 2.5}
    assert sent["of"]["to"] == {"@xsi:type": "Person", "name": "Ada"}


async def test_an_operation_without_an_answer_is_accepted() -> None:
    settings = "{definition: bank, operations: {Notify: {call: {service: a, path: /n, method: POST, body: params}}}}"
    orders = Orders(Response(204))
    given = handler(orders, settings, (DATA / "bank.wsdl").read_bytes())
    response = await given(post(envelope('<Notify xmlns="urn:example:bank">hello</Notify>')), nobody)
    assert (response.status, orders.asked[0].body) == (202, b'"hello"')


async def test_attachments_come_as_base64() -> None:
    settings = """
        operations:
          Put: {request: {data: binary}, response: {size: integer},
                call: {service: a, path: /p, method: POST, body: params}}
    """
    orders = Orders(Response(json={"size": 5}))
    include = '<xop:Include xmlns:xop="http://www.w3.org/2004/08/xop/include" href="cid:a"/>'
    content = envelope(f'<Put xmlns="urn:crossway:soap"><data>{include}</data></Put>')
    message = (
        f"--b\r\ncontent-type: application/xop+xml\r\n\r\n{content}\r\n--b\r\ncontent-id: <a>\r\n\r\nbytes\r\n--b--"
    )
    kind = 'multipart/related; type="application/xop+xml"; start-info="text/xml"; boundary=b'
    assert (await asked(handler(orders, settings), post(message, kind)))[0] == 200
    assert json.loads(orders.asked[0].body) == {"data": "Ynl0ZXM="}
    missing = message.replace("cid:a", "cid:b")
    assert (await fault(handler(orders, settings), post(missing, kind)))[3] == "soap.unfit_request"
    cut = message.removesuffix("--")
    assert (await fault(handler(orders, settings), post(cut, kind)))[3] == "soap.malformed"


def wrong(settings: str, content: bytes = b"") -> Any:
    site = Site(Ref("routes", "soap"), "default", definitions={Ref("definitions", "bank", "default"): Defined(content)})
    return compile_soap(Soap.model_validate(yaml.safe_load(settings)), site)


@pytest.mark.parametrize(
    ("settings", "content", "code"),
    [
        ("{}", b"", "soap.definition"),
        ("{definition: bank}", b"openapi: 2", "soap.definition"),
        ("{definition: bank}", b"[", "soap.definition"),
        ("{definition: bank}", b"openapi: 3.1.0", "soap.definition"),
        ("{definition: bank}", b"<x/>", "wsdl.broken"),
        ("{definition: bank, service: a}", b'{"openapi": "3.0.0", "paths": {}}', "soap.definition"),
        ("{operations: {A: {request: {a: text}, call: {service: a, path: /}}}}", b"", "soap.unfit_name"),
        ("{operations: {'A b': {call: {service: a, path: /}}}}", b"", "soap.unfit_name"),
        ("{operations: {A: {call: {service: a, path: '/{parms.a}'}}}}", b"", "operation.unknown_name"),
    ],
)
def test_what_is_wrong_with_the_settings_is_a_finding(settings: str, content: bytes, code: str) -> None:
    assert wrong(settings, content).code == code
