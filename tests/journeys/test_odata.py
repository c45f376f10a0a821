"""OData through the gateway: a client of other people over tables and collections, and limits before their server."""

import json
import threading
from collections.abc import Iterator
from decimal import Decimal
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from socketserver import BaseServer
from tempfile import TemporaryDirectory
from typing import Any
from urllib.parse import parse_qs, urlsplit
from wsgiref.simple_server import WSGIRequestHandler, make_server

import httpx
import pytest
from odatapy.client import EdmEnabledODataClient
from odatapy.client.responses import ODataClientError
from odatapy.client.transport import HttpxTransport
from odatapy.data import Entity, ValueType
from odatapy.edm.csdl import (
    CsdlAbstractEdmProvider,
    CsdlEntityContainer,
    CsdlEntitySet,
    CsdlEntityType,
    CsdlProperty,
    CsdlPropertyRef,
    CsdlSchema,
)
from odatapy.edm.names import FullQualifiedName
from odatapy.server import OData
from odatapy.server.adapters import ODataWSGIApp
from odatapy.server.inmemory import InMemoryDataStore, InMemoryProcessor

from harness.background import Background
from harness.gateway import Gateway
from runtime.odata.shop import DATA, fill, settings

pytestmark = pytest.mark.journey

CONFIG = """
gateways: {edge: {listeners: {http: $http}}}
services:
  rest: "http://127.0.0.1:$rest"
  server: "http://127.0.0.1:$server"
routes:
  tables: {matches: [{path: /tables/*}], policies: {odata: $tables}}
  collections: {matches: [{path: /collections/*}], policies: {odata: $collections}}
  limited:
    matches: [{path: /limited/*}]
    to: server
    policies: {odata_limits: {max_top: 2, denied: [Price], max_batch: 3, functions: [startswith]}}
"""


class Rest(BaseHTTPRequestHandler):
    """`GET /orders?amount=1`, of the data of the shop."""

    def do_GET(self) -> None:
        url = urlsplit(self.path)
        wanted = {name: value for name, (value,) in parse_qs(url.query).items()}
        rows = [
            row for row in DATA[url.path[1:].capitalize()] if all(str(row[name]) == wanted[name] for name in wanted)
        ]
        body = json.dumps(rows).encode()
        self.send_response(200)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


class Products(CsdlAbstractEdmProvider):
    def get_schemas(self) -> list[CsdlSchema]:
        product = CsdlEntityType(
            name="Product",
            key=[CsdlPropertyRef(name="ID")],
            properties=[
                CsdlProperty(name="ID", type="Edm.Int32", nullable=False),
                CsdlProperty(name="Name", type="Edm.String"),
                CsdlProperty(name="Price", type="Edm.Decimal", precision=10, scale=2),
            ],
        )
        sets = [CsdlEntitySet(name="Products", type="Demo.Product")]
        container = CsdlEntityContainer(name="Container", entity_sets=sets)
        return [CsdlSchema(namespace="Demo", entity_types=[product], entity_container=container)]


class Silent(WSGIRequestHandler):
    def log_message(self, *_: object) -> None:
        """Say nothing."""


def products() -> ODataWSGIApp:
    odata = OData.new_instance()
    handler = odata.create_handler(odata.create_service_metadata(Products()))
    store = InMemoryDataStore()
    entities = []
    for key, (name, price) in enumerate({"Apple": "1.50", "Avocado": "2.25", "Banana": "0.75"}.items(), 1):
        entity = Entity()
        entity.set_property("ID", key, ValueType.PRIMITIVE, "Edm.Int32")
        entity.set_property("Name", name, ValueType.PRIMITIVE, "Edm.String")
        entity.set_property("Price", Decimal(price), ValueType.PRIMITIVE, "Edm.Decimal")
        entities.append(entity)
    store.set_entities("Products", entities)
    handler.register(InMemoryProcessor(store))
    return ODataWSGIApp(handler)


def serving(server: BaseServer) -> Iterator[int]:
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    yield int(server.server_address[1])
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture(scope="module")
def rest() -> Iterator[int]:
    yield from serving(ThreadingHTTPServer(("127.0.0.1", 0), Rest))


@pytest.fixture(scope="module")
def server() -> Iterator[int]:
    app = products()

    def below(environ: dict[str, Any], start_response: Any) -> Any:
        environ["SCRIPT_NAME"], environ["PATH_INFO"] = "/limited", environ["PATH_INFO"].removeprefix("/limited")
        return app(environ, start_response)

    yield from serving(make_server("127.0.0.1", 0, below, handler_class=Silent))


@pytest.fixture(scope="module")
def gateway(background: Background, rest: int, server: int) -> Iterator[Gateway]:
    with TemporaryDirectory() as folder:
        Path(folder).chmod(0o755)
        fill(Path(folder) / "shop.db", DATA)
        (Path(folder) / "shop.db").chmod(0o666)
        Path(folder).chmod(0o777)
        tables = {
            "databases": {"main": f"sqlite:///{folder}/shop.db"},
            "sets": {name: spec | {"writable": True} for name, spec in settings().items()},
        }
        collections: dict[str, Any] = {"page_size": 5, "sets": settings()}
        for name, spec in collections["sets"].items():
            spec["source"] = {"service": "rest", "path": f"/{name.lower()}"}
        collections["sets"]["Orders"]["source"]["pushdown"] = {"filter": {"amount": "amount"}}
        values = {"tables": json.dumps(tables), "collections": json.dumps(collections)}
        with background.entered(Gateway(CONFIG, rest=rest, server=server, **values)) as running:
            yield running


@pytest.fixture(params=["tables", "collections"])
def client(request: pytest.FixtureRequest, gateway: Gateway) -> Iterator[EdmEnabledODataClient]:
    with httpx.Client(trust_env=False) as session:
        yield EdmEnabledODataClient(
            f"http://127.0.0.1:{gateway.values['http']}/{request.param}", HttpxTransport(session)
        )


def test_a_client_reads_the_metadata_and_asks(client: EdmEnabledODataClient) -> None:
    assert client.get_edm().get_entity_type(FullQualifiedName("Default", "Orders")) is not None
    uri = client.entity_set_uri("Orders").filter("amount eq 3 and customer/name ne 'Bo'").select("id", "price")
    found = client.get_entity_set(uri.orderby("price desc").expand("customer").count())
    assert [entity.get_value("id") for entity in found.entities] == [11, 3]
    assert found.count == 2
    assert client.get_count(client.entity_set_uri("Orders")) == 12
    assert client.get_entity(client.entity_uri("Customers", 3)).get_value("name") == "O'Neil"
    ids = [entity.get_value("id") for entity in client.iter_entities(client.entity_set_uri("Orders"), max_page_size=5)]
    assert ids == list(range(1, 13))
    with pytest.raises(ODataClientError, match="no property"):
        client.get_entity_set(client.entity_set_uri("Orders").filter("nothing eq 1"))


def test_a_client_changes_and_sends_batches(gateway: Gateway) -> None:
    with httpx.Client(trust_env=False) as session:
        client = EdmEnabledODataClient(f"http://127.0.0.1:{gateway.values['http']}/tables", HttpxTransport(session))
        created = client.create_entity("Customers", {"id": 50, "name": "Zoe"})
        assert created.get_value("name") == "Zoe"
        client.update_entity(client.entity_uri("Customers", 50), {"city": "Bern"})
        assert client.get_property_value(client.entity_uri("Customers", 50).append_property_segment("city")) == "Bern"
        for form in ("multipart", "json"):
            batch = client.batch(format=form)
            batch.add_retrieve(client.entity_uri("Customers", 50))
            batch.add_changeset().update(client.entity_uri("Customers", 50), {"city": form})
            read, *_ = client.execute_batch(batch)
            assert read.entity().get_value("id") == 50
            assert client.get_entity(client.entity_uri("Customers", 50)).get_value("city") == form
        client.delete_entity(client.entity_uri("Customers", 50))


def test_limits_stand_before_a_server(gateway: Gateway) -> None:
    root = f"http://127.0.0.1:{gateway.values['http']}/limited"
    with httpx.Client(trust_env=False, base_url=root) as session:
        good = session.get("/Products", params={"$filter": "startswith(Name,'A')", "$top": "2", "$orderby": "ID desc"})
        assert [product["Name"] for product in good.json()["value"]] == ["Avocado", "Apple"], good.text
        assert "Price" not in good.text
        for params, code in [
            ({"$top": "3"}, "odata.top_too_large"),
            ({"$orderby": "Price"}, "odata.property_denied"),
            ({"$filter": "length(Name) gt 2"}, "odata.function_denied"),
        ]:
            refused = session.get("/Products", params=params)
            assert refused.json()["error"]["code"] == code, refused.text
        theirs = session.get("/Products", params={"$filter": "Nothing eq 1"})
        assert theirs.status_code == 400
        assert not theirs.json()["error"]["code"].startswith("odata.")
