import asyncio
import os
import tempfile
from collections.abc import Awaitable, Callable, Iterator
from contextlib import asynccontextmanager
from itertools import repeat
from pathlib import Path

import pytest

from crossway.fleet.account import unprivileged
from crossway.fleet.bootstrap import ProxyOptions, bootstrap
from crossway.fleet.envoy import Envoy, Settings
from crossway.fleet.events import Event
from crossway.protos import from_dict
from crossway.protos.envoy.config.bootstrap import v3 as bootstrap_v3

DEADLINE = 15.0


@pytest.fixture
def run_directory() -> Iterator[Path]:
    """A directory that an unprivileged user can reach, with a path short enough for a socket."""
    with tempfile.TemporaryDirectory(prefix="cw-") as directory:
        path = Path(directory)
        path.chmod(0o755)
        yield path / "run"


@pytest.fixture
def options(run_directory):
    return ProxyOptions(
        node_id="n1", view="edge", xds_socket=run_directory / "xds.sock", admin_socket=run_directory / "admin.sock"
    )


def serving(options: ProxyOptions, upstream_port: int = 1, port: int = 0) -> bootstrap_v3.Bootstrap:
    """Our bootstrap, with one static listener where the control plane would be."""
    message = bootstrap(options)
    message.ClearField("dynamic_resources")
    hcm = "envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager"
    router = {"@type": "type.googleapis.com/envoy.extensions.filters.http.router.v3.Router"}
    routes = [
        {"match": {"path": "/direct"}, "direct_response": {"status": 204}},
        {"match": {"prefix": "/"}, "route": {"cluster": "upstream"}},
    ]
    manager = {
        "@type": f"type.googleapis.com/{hcm}",
        "stat_prefix": "edge",
        "route_config": {"virtual_hosts": [{"name": "all", "domains": ["*"], "routes": routes}]},
        "http_filters": [{"name": "envoy.filters.http.router", "typed_config": router}],
    }
    listener = {
        "name": "http",
        "address": _address(port),
        "filter_chains": [{"filters": [{"name": "http", "typed_config": manager}]}],
    }
    endpoints = [{"lb_endpoints": [{"endpoint": {"address": _address(upstream_port)}}]}]
    cluster = {"name": "upstream", "load_assignment": {"cluster_name": "upstream", "endpoints": endpoints}}
    static = {"static_resources": {"listeners": [listener], "clusters": [cluster]}}
    message.MergeFrom(from_dict(static, bootstrap_v3.Bootstrap))
    return message


def _address(port: int) -> dict[str, object]:
    return {"socket_address": {"address": "127.0.0.1", "port_value": port}}


class Recorder:
    """Keeps the events and log lines of one Envoy."""

    def __init__(self) -> None:
        self.events: list[Event] = []
        self.log: list[str] = []
        self._changed = asyncio.Event()

    def __call__(self, event: Event) -> None:
        self.events.append(event)
        self._changed.set()

    async def wait_for(self, kind: type, count: int = 1) -> Event:
        """Return the event of that kind, the *count*-th, when it has happened."""
        async with asyncio.timeout(DEADLINE):
            while len(found := [event for event in self.events if isinstance(event, kind)]) < count:
                self._changed.clear()
                await self._changed.wait()
        return found[count - 1]


@asynccontextmanager
async def running(settings: Settings, recorder: Recorder, **injected):
    """A supervised Envoy; stopped without draining at the end, if it still runs."""
    envoy = Envoy(settings, recorder, recorder.log.append, **injected)
    async with asyncio.TaskGroup() as group:
        group.create_task(envoy.run())
        try:
            yield envoy
        finally:
            await envoy.stop(drain_seconds=0)


@pytest.fixture
def settings(options, run_directory) -> Callable[..., Settings]:
    def make(message: bootstrap_v3.Bootstrap | None = None, **changes) -> Settings:
        return Settings(
            bootstrap=serving(options) if message is None else message,
            run_directory=run_directory,
            concurrency=1,
            **({"account": unprivileged()} | changes),
        )

    return make


def is_alive(pid: int) -> bool:
    """Say whether a process runs: one that only waits to be buried does not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


async def until(condition: Callable[[], bool | Awaitable[bool]]) -> None:
    """Return when the condition holds; the test fails if it does not in time."""
    async with asyncio.timeout(DEADLINE):
        for pause in repeat(0.005):
            held = condition()
            if held if isinstance(held, bool) else await held:
                return
            await asyncio.sleep(pause)


needs_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root can run Envoy as another user")
