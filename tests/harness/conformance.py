"""The tests of the Gateway API's conformance suite, as data, and a world in which many of them live at once.

Every test has namespaces of its own, and every gateway ports of its own, so that one Crossway serves all of them. What
comes back is told in the words of the suite again.
"""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from harness.certificates import Authority
from harness.ports import free_port

DATA = Path(__file__).parents[1] / "data" / "gateway_api"
CLASS = "crossway"
CONTROLLER = "crossway.dev/gateway-controller"
INFRA = "gateway-conformance-infra"
ADDRESS = "127.0.0.1"
_GATEWAY = re.compile(r"GW\((?P<namespace>[^/]+)/(?P<name>[^#]+)#(?P<listeners>[^)]*)\)(?::(?P<port>\d+))?")

Object = dict[str, Any]


@dataclass(frozen=True)
class Address:
    """A gateway as the suite speaks of its address."""

    namespace: str
    name: str
    listeners: tuple[str, ...] = ()
    port: int | None = None

    @classmethod
    def parse(cls, text: str) -> "Address":
        """Return what ``GW(namespace/name#listener,listener):port`` says."""
        found = _GATEWAY.search(text)
        assert found, text
        listeners = tuple(filter(None, found["listeners"].split(",")))
        return cls(found["namespace"], found["name"], listeners, int(found["port"]) if found["port"] else None)


@dataclass(frozen=True, eq=False)
class Item:
    """One thing that a test does: a request that it sends, or a condition that it asks for."""

    test: "Test"
    number: int
    data: Mapping[str, Any]

    def __repr__(self) -> str:
        what = self.data.get("kind") or self.data["check"]
        return f"{self.test.name}-{self.number}-{what.partition('.')[2]}"

    @property
    def _subtest(self) -> str:
        return str(self.data.get("subtest", self.data.get("sub")))

    @property
    def is_ungranted(self) -> bool:
        """Whether the test has deleted its ReferenceGrants before."""
        return re.search(r"after.*(deleting.*|grant_is_)(grant|deleted)", self._subtest.lower()) is not None

    @property
    def objects(self) -> list[Object]:
        """The objects of the test that are there then."""
        found = [item for name in self.test.manifests for item in manifest(name)]
        return [item for item in found if not (self.is_ungranted and item["kind"] == "ReferenceGrant")]


@dataclass(eq=False)
class Test:
    """One test of the suite."""

    __test__ = False

    name: str
    manifests: tuple[str, ...]
    traffic: tuple[Item, ...] = ()
    status: tuple[Item, ...] = ()

    @property
    def is_mesh(self) -> bool:
        return self.name.startswith("Mesh")


@cache
def conformance_tests() -> tuple[Test, ...]:
    """Return all tests."""
    return tuple(_test(json.loads(line)) for line in (DATA / "tests.jsonl").read_text().splitlines())


def _test(data: Mapping[str, Any]) -> Test:
    test = Test(data["test"], tuple(data["manifests"]))
    test.traffic = tuple(Item(test, number, item) for number, item in enumerate(data["traffic"]))
    test.status = tuple(Item(test, number, item) for number, item in enumerate(data["status"]))
    return test


def manifest(name: str) -> list[Object]:
    """Return the objects of a manifest."""
    text = (DATA / "manifests" / name).read_text().replace("{GATEWAY_CLASS_NAME}", CLASS)
    text = text.replace("{GATEWAY_CONTROLLER_NAME}", CONTROLLER)
    return [item for item in yaml.load_all(text, yaml.CSafeLoader) if item]


def gateway_class() -> Object:
    """Return the class that the gateways of the suite are of."""
    return {
        "apiVersion": "gateway.networking.k8s.io/v1",
        "kind": "GatewayClass",
        "metadata": {"name": CLASS, "generation": 1},
        "spec": {"controllerName": CONTROLLER},
    }


@dataclass
class Material:
    """The certificates that the suite makes before its tests."""

    server: Authority = field(default_factory=lambda: Authority("server"))
    """Whose certificates the gateways show."""
    backend: Authority = field(default_factory=lambda: Authority("backend"))
    """Whose certificates the backends show, and those that gateways show to them."""
    other: Authority = field(default_factory=lambda: Authority("other"))
    """That nobody has a certificate of."""
    clients: Authority = field(default_factory=lambda: Authority("clients"))
    clients_per_port: Authority = field(default_factory=lambda: Authority("clients_per_port"))

    @property
    def objects(self) -> list[Object]:
        """Return the Secrets and ConfigMaps."""
        return [
            *(self._pair(name, namespace, self.server, *names) for name, namespace, names in _SERVERS),
            self._pair("tls-checks-client-certificate", INFRA, self.backend, "client.example.com"),
            _authority("tls-checks-ca-certificate", self.backend),
            _authority("mismatch-ca-certificate", self.other),
            _authority("backend-tls-mismatch-certificate", self.other),
            _authority("tls-validity-checks-ca-certificate", self.clients),
            _authority("tls-validity-checks-per-port-ca-certificate", self.clients_per_port),
        ]

    def _pair(self, name: str, namespace: str, authority: Authority, *names: str) -> Object:
        pair = authority.issue(*names)
        return {
            "apiVersion": "v1",
            "kind": "Secret",
            "metadata": {"name": name, "namespace": namespace},
            "type": "kubernetes.io/tls",
            "stringData": {"tls.crt": pair.pem, "tls.key": pair.key},
        }


_SERVERS = (
    ("tls-validity-checks-certificate", INFRA, ("*.org", "example.org", "second-example.org", "*.wildcard.org")),
    ("tls-passthrough-checks-certificate", INFRA, ("abc.example.com",)),
    ("tls-terminate-checks-certificate", INFRA, ("tls.example.com", "*.example.com")),
    ("certificate", "gateway-conformance-web-backend", ("*.org",)),
)


def _authority(name: str, authority: Authority) -> Object:
    return {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {"name": name, "namespace": INFRA},
        "data": {"ca.crt": authority.pem},
    }


class World:
    """The objects of one test as they are for an item of it, in namespaces and with ports that no other world has."""

    def __init__(self, item: Item, mark: str, material: Material) -> None:
        self._mark = mark
        own = item.objects
        text = json.dumps(own) + "".join(str(one.data) for one in item.test.traffic)
        shared = [item for item in (*manifest("base.yaml"), *material.objects) if _is_needed(item, text)]
        self.objects: list[Object] = [*shared, *own]
        """Everything, as the suite says it."""
        self._ports: dict[tuple[str, str, int], int] = {}

    def find(self, kind: str, namespace: str, name: str) -> Object | None:
        """Return the object of this identity."""
        return next((item for item in self.objects if _identity(item) == (kind, namespace, name)), None)

    def port(self, address: Address) -> int:
        """Return where a gateway is reached."""
        return self._mapped(address.namespace, address.name, self.said(address))

    def said(self, address: Address) -> int:
        """Return the port of a gateway as the suite knows it."""
        if address.port is not None:
            return address.port
        gateway = self.find("Gateway", address.namespace, address.name)
        assert gateway is not None
        listeners = gateway["spec"]["listeners"]
        named = [item for item in listeners if item["name"] in address.listeners[:1]]
        return int((named or listeners)[0]["port"])

    def meant(self, port: int) -> int:
        """Return the port that stands in the manifests for one where a gateway is reached."""
        return next((said for (_, _, said), mapped in self._ports.items() if mapped == port), port)

    def rewritten(self) -> Iterator[Object]:
        """Yield the objects with other namespaces and ports, without what only a cluster needs."""
        for item in self.objects:
            if item["kind"] not in {"Deployment", "GatewayClass"}:
                yield self._renamed(self._moved(json.loads(json.dumps(item))))

    def _mapped(self, namespace: str, gateway: str, port: int) -> int:
        key = namespace, gateway, port
        if key not in self._ports:
            self._ports[key] = free_port()
        return self._ports[key]

    def _moved(self, item: Object) -> Object:
        """Return an object of the API with the ports of listeners where they are reached."""
        namespace, spec = item["metadata"].get("namespace", ""), item.get("spec", {})
        if item["kind"] == "Gateway":
            per_port = spec.get("tls", {}).get("frontend", {}).get("perPort", ())
            for holder in (*spec["listeners"], *per_port):
                holder["port"] = self._mapped(namespace, item["metadata"]["name"], holder["port"])
        elif item["kind"] == "ListenerSet":
            parent = spec["parentRef"]
            for listener in spec["listeners"]:
                listener["port"] = self._mapped(parent.get("namespace", namespace), parent["name"], listener["port"])
        for ref in spec.get("parentRefs", ()):
            if "port" in ref:
                ref["port"] = self._mapped(*self._gateway_of(ref, namespace), ref["port"])
        return item

    def _gateway_of(self, ref: Object, namespace: str) -> tuple[str, str]:
        where = ref.get("namespace", namespace)
        if ref.get("kind") == "ListenerSet" and (found := self.find("ListenerSet", where, ref["name"])) is not None:
            return self._gateway_of(found["spec"]["parentRef"], where)
        return where, ref["name"]

    def _renamed(self, value: Any) -> Any:
        if isinstance(value, list):
            return [self._renamed(item) for item in value]
        if not isinstance(value, dict):
            return value
        renamed = {key: self._renamed(item) for key, item in value.items()}
        if isinstance(value.get("namespace"), str):
            renamed["namespace"] += self._mark
        if value.get("kind") == "Namespace" and "metadata" in value:
            renamed["metadata"]["name"] += self._mark
        return renamed


def _identity(item: Object) -> tuple[str, str, str]:
    return item["kind"], item["metadata"].get("namespace", ""), item["metadata"]["name"]


def _is_needed(item: Object, text: str) -> bool:
    name = re.escape(item["metadata"]["name"])
    kept = item["kind"] in {"Namespace", "Deployment", "Secret"}
    return kept or re.search(rf"(?<![\w-]){name}(?![\w-])", text) is not None
