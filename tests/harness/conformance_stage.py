"""One Crossway that serves many worlds of the conformance suite, with the backends of their Deployments."""

import json
import ssl
from collections.abc import Iterable, Iterator
from contextlib import AbstractAsyncContextManager, ExitStack, contextmanager
from typing import Protocol

from crossway.dialects.kubernetes.service import OF_SERVICE
from harness.background import Background
from harness.conformance import ADDRESS, Item, Material, Object, Test, World, gateway_class
from harness.echo_basic import GrpcBasic, HttpBasic, TcpBasic, UdpBasic
from harness.gateway import Gateway
from harness.ports import free_port
from harness.servers import WebSocketEcho

OVER_HTTP2, OVER_TLS = 3001, 8443
"""The ports of the container that most Deployments run; the rest are in clear text."""


class _Running(Protocol):
    port: int


class Stage:
    """The backends of all worlds, and the configuration that has everything."""

    def __init__(self, background: Background, running: ExitStack) -> None:
        self.material = Material()
        self._worlds: dict[tuple[Test, bool], World] = {}
        self.http: dict[tuple[str, str], HttpBasic] = {}
        """The HTTP servers, by namespace and name of their Deployment."""
        self._background = background
        self._running = running
        self._servers: dict[tuple[str, str, int | str], int] = {}
        self._native: list[Object] = []

    def world(self, item: Item) -> World:
        """Return where an item of a test takes place."""
        return self._worlds[item.test, item.is_ungranted]

    def configuration(self, items: Iterable[Item]) -> str:
        """Return what Crossway is given: the objects of all worlds."""
        documents = [gateway_class()]
        for item in items:
            key = item.test, item.is_ungranted
            if key in self._worlds:
                continue
            world = self._worlds[key] = World(item, f"-{len(self._worlds)}", self.material)
            world.objects += self._slices(world)
            documents += world.rewritten()
        return "---\n".join(json.dumps(item) + "\n" for item in (*documents, *self._native))

    def _slices(self, world: World) -> list[Object]:
        """Return the EndpointSlices of the services, and complete those that the suite would complete."""
        made = []
        for service in [item for item in world.objects if item["kind"] == "Service"]:
            namespace, name = service["metadata"]["namespace"], service["metadata"]["name"]
            own = [item for item in world.objects if _is_slice_of(item, service)]
            app = "infra-backend-v1" if own else service["spec"]["selector"]["app"]
            deployment = world.find("Deployment", namespace, app)
            if deployment is None:
                continue
            ports = [
                {"name": port.get("name", ""), "port": self._server(deployment, port), "protocol": port["protocol"]}
                for port in service["spec"]["ports"]
            ]
            if not own:
                labels = {OF_SERVICE: name}
                own = [
                    {
                        "apiVersion": "discovery.k8s.io/v1",
                        "kind": "EndpointSlice",
                        "metadata": {"name": name, "namespace": namespace, "labels": labels},
                        "addressType": "IPv4",
                    }
                ]
                made += own
            for piece in own:
                is_ipv4 = piece["addressType"] == "IPv4"
                piece |= {"endpoints": [{"addresses": [ADDRESS]}] if is_ipv4 else [], "ports": ports}
        return made

    def _server(self, deployment: Object, port: Object) -> int:
        """Return where the container of a Deployment is reached that a port of a service leads to."""
        namespace, name = deployment["metadata"]["namespace"], deployment["metadata"]["name"]
        target = "ws" if port.get("appProtocol") == "kubernetes.io/ws" else port.get("targetPort", port["port"])
        key = namespace, name, target
        if key not in self._servers:
            self._servers[key] = self._started(deployment, namespace, name, target)
        return self._servers[key]

    def _started(self, deployment: Object, namespace: str, name: str, target: int | str) -> int:
        (container,) = deployment["spec"]["template"]["spec"]["containers"]
        env = {item["name"]: item.get("value", "") for item in container.get("env", ())}
        if target == "ws":
            return self._entered(WebSocketEcho())
        if "UDP_ECHO_SERVER" in env or name == "coredns":
            return self._entered(UdpBasic(namespace, name))
        if "GRPC_ECHO_SERVER" in env:
            return self._running.enter_context(GrpcBasic(namespace, name)).port
        tls = self._tls(asks="TLS_CLIENT_CACERTS" in env) if target == OVER_TLS else None
        if "TCP_ECHO_SERVER" in env:
            return self._entered(TcpBasic(namespace, name, tls))
        if target == OVER_HTTP2:
            return self._bridged(namespace, name)
        server = HttpBasic(namespace, name, tls)
        if tls is None:
            self.http[namespace, name] = server
        return self._entered(server)

    def _entered(self, server: AbstractAsyncContextManager[_Running]) -> int:
        return self._running.enter_context(self._background.entered(server)).port

    def _tls(self, *, asks: bool) -> ssl.SSLContext:
        names = ("abc.example.com", "spiffe://abc.example.com/test-identity", "other.example.com")
        context = self.material.backend.server(*names)
        if asks:
            context.verify_mode = ssl.CERT_OPTIONAL
            context.load_verify_locations(cadata=self.material.backend.pem)
        return context

    def _bridged(self, namespace: str, name: str) -> int:
        """Return a port where the HTTP server of a Deployment is reached over HTTP/2 in clear text too."""
        port, called = free_port(), name.replace("-", "_")
        server = self.http[namespace, name]
        self._native.append(
            {
                "gateways": {called: {"listeners": {"http": port}}},
                "services": {called: {"endpoints": [server.address]}},
                "routes": {called: {"gateways": [called], "to": called}},
            }
        )
        return port


def _is_slice_of(item: Object, service: Object) -> bool:
    return item["kind"] == "EndpointSlice" and item["metadata"]["labels"][OF_SERVICE] == service["metadata"]["name"]


@contextmanager
def staged(background: Background, items: Iterable[Item]) -> Iterator[Stage]:
    """Serve the worlds of *items*."""
    with ExitStack() as running:
        stage = Stage(background, running)
        text = stage.configuration(items).replace("$", "$$")
        running.enter_context(background.entered(Gateway(text)))
        yield stage
