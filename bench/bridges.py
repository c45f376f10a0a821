"""What a bridge between protocols takes of the CPU: a request through it, against the same request without one."""

from __future__ import annotations

import json
import time
from collections.abc import AsyncGenerator, Callable
from statistics import median
from string import Template
from typing import Final

from bench.client import first
from bench.cost import Rival, ratio, take_turns
from bench.envoy import running_envoy
from bench.gateway import PROXY, crossway_run
from bench.lab import Lab
from bench.machine import BenchError, free_port
from bench.table import Line
from bench.work import Work, plain
from crossway.compile.wsdl import Described, described
from crossway.model import Defined
from crossway.model.odata import EntitySet, QueryLimits
from crossway.runtime import strict
from crossway.runtime.composing.answers import read_json
from crossway.runtime.odata.asked import Fitting
from crossway.runtime.odata.options import read as read_options
from crossway.runtime.soap import envelope
from crossway.runtime.soap.reading import Reader, parse
from crossway.runtime.soap.writing import Writer

HOST, PATH, REST = "any.example.com", "/plain", "/rest/orders/7"
READY_WITHIN = 30.0
ITEMS: Final = 10
"""The items of the order that the service gives."""

_SOAP: Final = Template("""\
static_resources:
  listeners:
  - address: {socket_address: {address: 127.0.0.1, port_value: $port}}
    filter_chains:
    - filters:
      - name: envoy.filters.network.http_connection_manager
        typed_config:
          "@type": type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager
          stat_prefix: soap
          route_config: {virtual_hosts: [{name: all, domains: ["*"], routes: [
            {match: {prefix: /}, direct_response: {status: 200, body: {inline_string: $body}},
             response_headers_to_add: [{header: {key: content-type, value: text/xml},
                                        append_action: OVERWRITE_IF_EXISTS_OR_ADD}]}]}]}
          http_filters:
          - name: envoy.filters.http.router
            typed_config: {"@type": type.googleapis.com/envoy.extensions.filters.http.router.v3.Router}
""")
_WSDL: Final = """\
<definitions xmlns="http://schemas.xmlsoap.org/wsdl/" xmlns:soap="http://schemas.xmlsoap.org/wsdl/soap/"
    xmlns:xs="http://www.w3.org/2001/XMLSchema" xmlns:o="urn:orders" targetNamespace="urn:orders">
  <types><xs:schema targetNamespace="urn:orders" elementFormDefault="qualified">
    <xs:element name="GetOrder"><xs:complexType><xs:sequence>
      <xs:element name="id" type="xs:string"/>
    </xs:sequence></xs:complexType></xs:element>
    <xs:element name="GetOrderResponse"><xs:complexType><xs:sequence>
      <xs:element name="id" type="xs:string"/>
      <xs:element name="item" maxOccurs="unbounded"><xs:complexType>
        <xs:sequence>
          <xs:element name="name" type="xs:string"/>
          <xs:element name="quantity" type="xs:int"/>
          <xs:element name="price" type="xs:decimal"/>
          <xs:element name="in_stock" type="xs:boolean"/>
        </xs:sequence>
        <xs:attribute name="sku" type="xs:string"/>
      </xs:complexType></xs:element>
    </xs:sequence></xs:complexType></xs:element>
  </xs:schema></types>
  <message name="Ask"><part name="body" element="o:GetOrder"/></message>
  <message name="Answer"><part name="body" element="o:GetOrderResponse"/></message>
  <portType name="Orders">
    <operation name="GetOrder"><input message="o:Ask"/><output message="o:Answer"/></operation>
  </portType>
  <binding name="Orders" type="o:Orders">
    <soap:binding transport="http://schemas.xmlsoap.org/soap/http"/>
    <operation name="GetOrder">
      <input><soap:body use="literal"/></input><output><soap:body use="literal"/></output>
    </operation>
  </binding>
  <service name="Orders"><port name="Orders" binding="o:Orders"/></service>
</definitions>
"""
_ITEM: Final = (
    '<item sku="sku-1234"><name>A thing with a name</name><quantity>3</quantity><price>12.50</price>'
    "<in_stock>true</in_stock></item>"
)
_ANSWER: Final = (
    f'<s:Envelope xmlns:s="{envelope.NAMESPACES["1.1"]}"><s:Body><GetOrderResponse xmlns="urn:orders"><id>7</id>'
    f"{_ITEM * ITEMS}</GetOrderResponse></s:Body></s:Envelope>"
)

_ASKED: Final = "$filter=in_stock%20and%20contains(name,'thing')&$orderby=price%20desc&$top=5&$select=id,name"


async def measure(lab: Lab) -> AsyncGenerator[Line, None]:
    """Yield the lines about bridges."""
    for line in await _soap(lab):
        yield line
    for line in await _odata(lab):
        yield line
    for line in await _json_rpc(lab):
        yield line


async def _soap(lab: Lab) -> list[Line]:
    """Return the lines about clients of REST that call a service of SOAP: the whole, and what is parsing."""
    served = free_port()
    work, alone = Work(free_port(), served, 1), Work(free_port(), served, 1)
    bridge = (
        f"definitions: {{orders: {{text: {json.dumps(_WSDL)}}}}}\n{plain(work)}"
        "  rest: {matches: [{path: /rest/*}], to: backend, policies: {soap_backend: {definition: orders, "
        'operations: {GetOrder: {method: GET, path: "/orders/{id}"}}}}}\n'
    )
    async with (
        running_envoy(_SOAP.substitute(port=served, body=json.dumps(_ANSWER)), lab.directory / "soap-service"),
        crossway_run(plain(alone), lab.directory / "soap-none") as without,
        crossway_run(bridge, lab.directory / "soap-bridge") as bridged,
    ):
        rivals = {
            "plain": Rival(without.process, PROXY, alone.port, HOST, PATH),
            "bridge": Rival(bridged.process, PROXY, work.port, HOST, REST),
        }
        await first(work.port, HOST, REST, READY_WITHIN)
        taken = await take_turns(lab, rivals, lab.times(12, 4))
    cost = ratio(
        "CPU per request, REST to SOAP, an answer with ten items, against the same XML passed on",
        taken["bridge"],
        taken["plain"],
    )
    whole = median(turn.cpu_us for turn in taken["bridge"])
    parts = _parts(lab)
    detail = ", ".join(f"{name} {us:.0f} us" for name, us in parts.items())
    share = 100 * parts["parsing"] / whole
    return [
        cost,
        Line("CPU per request, REST to SOAP", whole, "us", detail=f"of it {detail}; an answer of {len(_ANSWER)} bytes"),
        Line("the share of parsing XML in it", share, "%"),
    ]


def _parts(lab: Lab) -> dict[str, float]:
    """Return the microseconds of CPU that the steps of the bridge take, measured by themselves."""
    found = described(Defined(_WSDL.encode()))
    if not isinstance(found, Described):
        raise BenchError(str(found))
    contract = found.contract
    operation = contract.operations["GetOrder"]
    assert operation.output is not None
    output = operation.output.type
    reader, writer = Reader(contract.types), Writer(contract.types, [operation.input])
    content = _ANSWER.encode()
    element = envelope.read(content).body[0]
    return {
        "parsing": _us(lab, lambda: parse(content)),
        "reading by the schema": _us(lab, lambda: reader.read(output, element)),
        "writing the request": _us(
            lab, lambda: envelope.write("1.1", writer.element(operation.input, {"id": "7"}), (), writer.declarations)
        ),
    }


async def _odata(lab: Lab) -> list[Line]:
    """Return the lines about clients of OData that ask for a part of a REST collection: the whole, and the parsing."""
    served = free_port()
    work, alone = Work(free_port(), served, 1), Work(free_port(), served, 1)
    items = [{"id": key, "name": f"thing {key}", "price": key * 1.5, "in_stock": key % 2 == 0} for key in range(ITEMS)]
    properties = {"id": "Int64", "name": "String", "price": "Double", "in_stock": "Boolean"}
    things = {"key": "id", "properties": properties, "source": {"service": "backend", "path": "/things"}}
    bridge = (
        f"{plain(work)}  odata: {{matches: [{{path: /odata/*}}], "
        f"policies: {{odata: {{sets: {{Things: {json.dumps(things)}}}}}}}}}\n"
    )
    service = _SOAP.substitute(port=served, body=json.dumps(json.dumps(items)))
    async with (
        running_envoy(service, lab.directory / "odata-service"),
        crossway_run(plain(alone), lab.directory / "odata-none") as without,
        crossway_run(bridge, lab.directory / "odata-bridge") as bridged,
    ):
        rivals = {
            "plain": Rival(without.process, PROXY, alone.port, HOST, PATH),
            "bridge": Rival(bridged.process, PROXY, work.port, HOST, f"/odata/Things?{_ASKED}"),
        }
        await first(work.port, HOST, f"/odata/Things?{_ASKED}", READY_WITHIN)
        taken = await take_turns(lab, rivals, lab.times(12, 4))
    cost = ratio(
        "CPU per request, OData to REST, five of ten items, against the same JSON passed on",
        taken["bridge"],
        taken["plain"],
    )
    whole = median(turn.cpu_us for turn in taken["bridge"])
    limits = QueryLimits()
    options = read_options(_ASKED, limits)
    fitting = Fitting({"Things": EntitySet.model_validate(things)}, limits, {})
    parsing = _us(lab, lambda: read_options(_ASKED, limits))
    binding = _us(lab, lambda: (fitting.condition("Things", options), fitting.order("Things", options)))
    detail = f"of it parsing {parsing:.0f} us, fitting to the schema {binding:.0f} us"
    return [
        cost,
        Line("CPU per request, OData to REST", whole, "us", detail=detail),
        Line("the share of parsing the URL in it", 100 * parsing / whole, "%"),
    ]


async def _json_rpc(lab: Lab) -> list[Line]:
    """Return the lines about clients of JSON-RPC that call a service of REST: the whole, and the parsing."""
    served = free_port()
    work, alone = Work(free_port(), served, 1), Work(free_port(), served, 1)
    call = json.dumps({"jsonrpc": "2.0", "method": "get", "params": {"id": 7}, "id": 1})
    order = {"id": 7, "items": [{"name": f"thing {key}", "price": key * 1.5} for key in range(ITEMS)]}
    bridge = (
        f"{plain(work)}  rpc: {{matches: [{{path: /rpc}}], policies: {{json_rpc: "
        '{methods: {get: {service: backend, path: "/orders/{params.id}"}}}}}\n'
    )
    script = lab.directory / "call.lua"
    headers = "wrk.headers['content-type'] = 'application/json'"
    script.write_text(f"wrk.method = 'POST'\n{headers}\nwrk.body = [[{call}]]\n")
    service = _SOAP.substitute(port=served, body=json.dumps(json.dumps(order))).replace("text/xml", "application/json")
    async with (
        running_envoy(service, lab.directory / "rpc-service"),
        crossway_run(plain(alone), lab.directory / "rpc-none") as without,
        crossway_run(bridge, lab.directory / "rpc-bridge") as bridged,
    ):
        rivals = {
            "plain": Rival(without.process, PROXY, alone.port, HOST, PATH),
            "bridge": Rival(bridged.process, PROXY, work.port, HOST, "/rpc", script=script),
        }
        await first(work.port, HOST, PATH, READY_WITHIN)
        taken = await take_turns(lab, rivals, lab.times(12, 4))
    whole = median(turn.cpu_us for turn in taken["bridge"])
    answer = json.dumps(order).encode()
    parsing = _us(lab, lambda: strict.read(call)) + _us(lab, lambda: read_json(answer))
    return [
        ratio(
            "CPU per request, JSON-RPC to REST, an order with ten items, against the same JSON passed on",
            taken["bridge"],
            taken["plain"],
        ),
        Line("CPU per request, JSON-RPC to REST", whole, "us", detail=f"of it parsing JSON {parsing:.0f} us"),
        Line("the share of parsing JSON in it", 100 * parsing / whole, "%"),
    ]


def _us(lab: Lab, work: Callable[[], object]) -> float:
    """Return the microseconds of CPU that *work* takes: the best of some rounds."""
    times = lab.times(2_000, 500)
    best = float("inf")
    for _ in range(7):
        began = time.process_time()
        for _ in range(times):
            work()
        best = min(best, time.process_time() - began)
    return best / times * 1e6
