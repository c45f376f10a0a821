"""GraphQL over three REST services, against what there is for it on Node.

One rival is the strongest gateway that can be installed: Hive Gateway, over a schema that Mesh composes of the same
OpenAPI documents, with the same links. The other is no gateway: Mercurius with graphql-jit, a server on Node that is
made for speed, with the resolvers and loaders for this one query written by hand. It has no proxy.

The query has the shape that makes N+1 calls of a list where nobody batches: twenty orders, each with its customer and
its product. All make three calls for it, and know the document already.
"""

from __future__ import annotations

import json
from collections.abc import AsyncGenerator, AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Final
from urllib.parse import quote

from bench.backend import backend
from bench.client import Connection, first
from bench.cost import Rival, ratio, take_turns
from bench.gateway import PROXY, crossway_run
from bench.lab import Lab
from bench.machine import Argv, BenchError, free_port, output, running, written
from bench.table import Line

HOST: Final = "any.example.com"
COUNT: Final = 20
QUERY: Final = "{ listOrders { id total status customer { name email } product { name price } } }"
TARGET: Final = f"/graphql?query={quote(QUERY, safe='')}"
READY_WITHIN: Final = 60.0
PRODUCTION: Final = {"NODE_ENV": "production"}
MERCURIUS: Final = ("mercurius@16.10.1", "fastify@5.12.8", "graphql@16.15.0", "graphql-jit@0.8.9", "undici@7.30.2")
HIVE: Final = (
    "@graphql-hive/gateway@2.15.1",
    "@graphql-mesh/compose-cli@1.8.2",
    "@omnigraph/openapi@0.112.4",
    "graphql@16.15.0",
)
_MESH: Final = """\
import { defineConfig } from '@graphql-mesh/compose-cli'
import { loadOpenAPISubgraph } from '@omnigraph/openapi'

const here = process.env.HERE
const services = JSON.parse(process.env.SERVICES)
const subgraph = ([name, port]) => {
  const endpoint = `http://127.0.0.1:${port}`
  return { sourceHandler: loadOpenAPISubgraph(name, { source: `${here}/${name}.yaml`, endpoint }) }
}
const link = (name, key) => `@resolveTo(sourceName: "${name.toLowerCase()}s", sourceTypeName: "Query",
  sourceFieldName: "list${name}s", requiredSelectionSet: "{ ${key} }", keyField: "${key}", keysArg: "ids")`

export const composeConfig = defineConfig({
  subgraphs: Object.entries(services).map(subgraph),
  additionalTypeDefs: `extend type Order {
    customer: Customer ${link('Customer', 'customerId')}
    product: Product ${link('Product', 'productId')}
  }`
})
"""

BODIES: Final = {
    "orders": [
        {
            "id": f"order-{index}",
            "total": 10.5 + index,
            "status": "sent",
            "customerId": 100 + index % 5,
            "productId": 200 + index,
            "note": "left at the door",
        }
        for index in range(COUNT)
    ],
    "customers": [
        {"id": 100 + index, "name": f"Customer {index}", "email": f"customer{index}@example.com", "city": "Turin"}
        for index in range(5)
    ],
    "products": [
        {"id": 200 + index, "name": f"Product {index}", "price": 2.5 + index, "weight": 100} for index in range(COUNT)
    ],
}
"""What the services answer, whatever they are asked for."""

_FIELDS: Final = {
    "orders": "id: {type: string}, total: {type: number}, status: {type: string}, "
    "customerId: {type: integer}, productId: {type: integer}",
    "customers": "id: {type: integer}, name: {type: string}, email: {type: string}",
    "products": "id: {type: integer}, name: {type: string}, price: {type: number}",
}


async def measure(lab: Lab) -> AsyncGenerator[Line, None]:
    """Yield the lines about GraphQL."""
    what = f"CPU of a GraphQL query over three REST services, {COUNT} objects with two links, against"
    async with AsyncExitStack() as stack:
        ports = {
            name: (await stack.enter_async_context(backend(lab.packages, lab.directory / name, json.dumps(body)))).port
            for name, body in BODIES.items()
        }
        port = free_port()
        gateway = await stack.enter_async_context(crossway_run(_configuration(port, ports), lab.directory / "graphql"))
        rivals = {
            "ours": Rival(gateway.process, PROXY, port, HOST, TARGET),
            "mercurius": await stack.enter_async_context(_mercurius(lab, ports)),
            "hive": await stack.enter_async_context(_hive(lab, ports)),
        }
        expected = await _answer(rivals["ours"])
        for name, rival in rivals.items():
            if await _answer(rival) != expected:
                raise BenchError(f"{name} answers something else")
        taken = await take_turns(lab, rivals, lab.times(20, 6))
    yield ratio(f"{what} {HIVE[0]}", taken["ours"], taken["hive"], 1)
    yield ratio(f"{what} {MERCURIUS[0]} with resolvers by hand and no proxy", taken["ours"], taken["mercurius"])


@asynccontextmanager
async def _mercurius(lab: Lab, services: Mapping[str, int]) -> AsyncIterator[Rival]:
    modules = await lab.packages.node_modules("mercurius", MERCURIUS)
    node, port = await lab.packages.program("node"), free_port()
    script = Path(__file__).parent / "apps" / "graphql.mjs"
    argv: Argv = [node.path, script, modules, str(port), *map(str, services.values())]
    async with running(argv, lab.directory / "mercurius", PRODUCTION) as process:
        yield Rival(process, "", port, HOST, TARGET)


@asynccontextmanager
async def _hive(lab: Lab, services: Mapping[str, int]) -> AsyncIterator[Rival]:
    modules = await lab.packages.node_modules("hive", HIVE)
    node, port = await lab.packages.program("node"), free_port()
    directory = lab.directory / "hive"
    config = written(directory / "compose.mjs", _MESH)
    for name in services:
        written(directory / f"{name}.yaml", _openapi(name))
    (directory / "node_modules").symlink_to(modules)
    programs, schema = modules / ".bin", directory / "schema.graphql"
    environment = {"SERVICES": json.dumps(services), "HERE": str(directory)}
    await output([node.path, programs / "mesh-compose", "-c", config, "-o", schema], environment)
    flags = ["--port", str(port), "--host", "127.0.0.1", "--fork", "1", "--jit"]
    argv: Argv = [node.path, programs / "hive-gateway", "supergraph", schema, *flags]
    async with running(argv, directory, PRODUCTION) as process:
        yield Rival(process, "", port, HOST, TARGET)


async def _answer(rival: Rival) -> object:
    await first(rival.port, HOST, TARGET, READY_WITHIN)
    async with Connection(rival.port) as connection:
        return json.loads((await connection.get(HOST, TARGET)).body)


def _configuration(port: int, services: Mapping[str, int]) -> str:
    definitions = {name: _openapi(name) for name in services}
    return json.dumps(
        {
            "gateways": {
                "edge": {
                    "policies": {"access_log": False},
                    "listeners": {"http": {"port": port, "address": "127.0.0.1"}},
                }
            },
            "services": {name: f"http://127.0.0.1:{at}" for name, at in services.items()},
            "definitions": {name: {"text": text} for name, text in definitions.items()},
            "routes": {
                "graphql": {
                    "matches": [{"path": "/graphql"}],
                    "policies": {
                        "graphql": {
                            "sources": {name: {"service": name, "definition": name} for name in services},
                            "links": {
                                "Order.customer": _link("customers", "customerId"),
                                "Order.product": _link("products", "productId"),
                            },
                        }
                    },
                }
            },
        }
    )


def _link(source: str, key: str) -> dict[str, object]:
    return {"source": source, "operation": f"list{source.title()}", "arguments": {"ids": key}, "many": "id"}


def _openapi(name: str) -> str:
    """Return the OpenAPI document of a service: a list of its objects, those with certain keys where these are said."""
    type_ = name.title().removesuffix("s")
    return f"""\
openapi: 3.1.0
info: {{title: {name}, version: "1"}}
paths:
  /{name}:
    get:
      operationId: list{name.title()}
      parameters: [{{name: ids, in: query, schema: {{type: array, items: {{type: integer}}}}}}]
      responses:
        "200":
          content:
            application/json: {{schema: {{type: array, items: {{$ref: "#/components/schemas/{type_}"}}}}}}
components:
  schemas:
    {type_}: {{type: object, required: [id], properties: {{{_FIELDS[name]}}}}}
"""
