import asyncio
import json
import os
import signal
import socket
import sys
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from crossway.errors import RemoteError
from crossway.fleet import envoy as envoy_module
from crossway.fleet.account import needs_bind_service, unprivileged
from crossway.fleet.bootstrap import bootstrap
from crossway.fleet.envoy import Envoy
from crossway.fleet.events import Crashed, Ready, Restarting, Started, Stopped
from crossway.protos import from_dict
from crossway.protos.envoy.config.bootstrap import v3 as bootstrap_v3
from fleet.conftest import DEADLINE, Recorder, is_alive, needs_root, running, serving, until

pytestmark = pytest.mark.journey


async def listening_port(envoy: Envoy) -> int:
    listeners = json.loads(await envoy.admin.get("/listeners?format=json"))
    return listeners["listener_statuses"][0]["local_address"]["socket_address"]["port_value"]


async def is_draining(envoy: Envoy) -> bool:
    return b"DRAINING" in await envoy.admin.get("/server_info")


async def all_warming(envoy: Envoy, names: list[str]) -> bool:
    return await envoy.admin.warming(names) == frozenset(names)


async def request(port: int, path: str) -> bytes:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(f"GET {path} HTTP/1.1\r\nhost: a\r\n\r\n".encode())
    head = await reader.readuntil(b"\r\n\r\n")
    writer.close()
    return head


@asynccontextmanager
async def gated_upstream():
    """An upstream that answers when it is let: its port, an event that a request has come, and the gate."""
    arrived, gate, handlers = asyncio.Event(), asyncio.Event(), []

    async def serve(reader, writer):
        handlers.append(asyncio.current_task())
        await reader.readuntil(b"\r\n\r\n")
        arrived.set()
        await gate.wait()
        writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\nconnection: close\r\n\r\n")
        writer.close()

    async with await asyncio.start_server(serve, "127.0.0.1", 0) as server:
        yield server.sockets[0].getsockname()[1], arrived, gate
        gate.set()
        await asyncio.gather(*handlers)


async def test_becomes_ready_and_serves(settings):
    recorder = Recorder()
    async with running(settings(), recorder) as envoy:
        async with asyncio.timeout(DEADLINE):
            await envoy.ready()
        assert (await request(await listening_port(envoy), "/direct")).startswith(b"HTTP/1.1 204")
    started, ready, stopped = recorder.events
    assert isinstance(ready, Ready)
    assert 0 < ready.after_seconds < DEADLINE
    assert stopped == Stopped()
    assert not is_alive(started.pid)


async def test_a_crash_is_reported_and_mended(settings):
    recorder = Recorder()
    async with running(settings(), recorder) as envoy:
        first = await recorder.wait_for(Started)
        await recorder.wait_for(Ready)
        os.kill(first.pid, signal.SIGSEGV)
        crashed = await recorder.wait_for(Crashed)
        assert crashed.exit == -signal.SIGSEGV
        assert "Caught Segmentation fault" in crashed.last_words[0]
        assert await recorder.wait_for(Restarting) == Restarting(envoy_module.FIRST_DELAY)
        await recorder.wait_for(Ready, 2)
        await envoy.ready()
        second = await recorder.wait_for(Started, 2)
        assert second.pid != first.pid
        assert (await request(await listening_port(envoy), "/direct")).startswith(b"HTTP/1.1 204")


async def test_restarts_are_spaced_out_and_a_stable_life_starts_afresh(settings):
    waited = []
    recorder, now = Recorder(), 0.0

    async def sleep(seconds):
        waited.append(seconds)

    async with running(settings(), recorder, sleep=sleep, clock=lambda: now):
        for life in range(1, 4):
            await recorder.wait_for(Ready, life)
            now += envoy_module.STABLE if life == 3 else 1
            os.kill((await recorder.wait_for(Started, life)).pid, signal.SIGKILL)
        await recorder.wait_for(Ready, 4)
    assert waited == [0.1, 0.2, 0.1]


def test_the_longest_delay_is_bounded():
    delay, delays = 0.0, []
    for _ in range(12):
        delay = envoy_module._next_delay(delay, lived=1)
        delays.append(delay)
    assert delays[:4] == [0.1, 0.2, 0.4, 0.8]
    assert delays[-1] == envoy_module.LONGEST_DELAY


async def test_a_stop_does_not_wait_for_a_restart(settings):
    recorder = Recorder()
    never = asyncio.Event()
    async with running(settings(), recorder, sleep=lambda _: never.wait()):
        await recorder.wait_for(Ready)
        os.kill((await recorder.wait_for(Started)).pid, signal.SIGKILL)
        await recorder.wait_for(Restarting)
    assert isinstance(recorder.events[-1], Stopped)


async def test_a_stop_before_it_is_ready_does_not_wait(settings, options):
    recorder = Recorder()
    async with running(settings(bootstrap(options)), recorder) as envoy, asyncio.timeout(DEADLINE):
        await until(options.admin_socket.exists)
        await envoy.stop(drain_seconds=2 * DEADLINE)
    assert [type(event) for event in recorder.events] == [Started, Stopped]


async def test_an_envoy_that_never_started_is_an_error_with_its_last_words(settings, options):
    broken = serving(options)
    broken.static_resources.clusters[0].name = ""
    recorder = Recorder()
    envoy = Envoy(settings(broken), recorder, recorder.log.append)
    with pytest.raises(RemoteError, match=r"did not start: .*ClusterValidationError\.Name"):
        await envoy.run()
    started, crashed = recorder.events
    assert crashed.exit == 1
    assert "[critical]" in crashed.last_words[0]
    assert not is_alive(started.pid)


async def test_stop_lets_a_request_finish_and_refuses_new_ones(settings, options):
    recorder = Recorder()
    async with (
        gated_upstream() as (upstream, arrived, gate),
        running(settings(serving(options, upstream)), recorder) as envoy,
    ):
        await envoy.ready()
        port, pid = await listening_port(envoy), (await recorder.wait_for(Started)).pid
        async with asyncio.TaskGroup() as group, asyncio.timeout(DEADLINE):
            answer = group.create_task(request(port, "/slow"))
            await arrived.wait()
            stop = group.create_task(envoy.stop(drain_seconds=DEADLINE))
            await until(lambda: is_draining(envoy))
            assert await envoy.admin.in_progress() == 1
            assert not stop.done()
            gate.set()
        assert answer.result().startswith(b"HTTP/1.1 200")
        assert b"connection: close" in answer.result()
        assert not is_alive(pid)
        with pytest.raises(ConnectionRefusedError):
            await request(port, "/direct")
    assert recorder.events[-1] == Stopped()


async def test_stop_ends_what_does_not_finish_in_time(settings, options):
    recorder = Recorder()
    async with (
        gated_upstream() as (upstream, arrived, _),
        running(settings(serving(options, upstream)), recorder) as envoy,
    ):
        await envoy.ready()
        port = await listening_port(envoy)
        _, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(b"GET /slow HTTP/1.1\r\nhost: a\r\n\r\n")
        await arrived.wait()
        async with asyncio.timeout(DEADLINE):
            await envoy.stop(drain_seconds=0.2)
        assert not is_alive((await recorder.wait_for(Started)).pid)
        writer.close()


async def test_a_cancelled_supervisor_leaves_no_process(settings):
    recorder = Recorder()
    envoy = Envoy(settings(), recorder, recorder.log.append)
    async with asyncio.TaskGroup() as group:
        run = group.create_task(envoy.run())
        pid = (await recorder.wait_for(Started)).pid
        run.cancel()
    assert not is_alive(pid)


PARENT = """
import asyncio, sys
from pathlib import Path
from crossway.fleet.bootstrap import ProxyOptions, bootstrap
from crossway.fleet.envoy import Envoy, Settings
from crossway.fleet.events import Started

run = Path(sys.argv[1])
def tell(event):
    if isinstance(event, Started):
        print(event.pid, flush=True)
options = ProxyOptions("n", "v", run / "xds.sock", run / "admin.sock")
asyncio.run(Envoy(Settings(bootstrap(options), run, 1), tell).run())
"""


async def test_envoy_dies_with_its_supervisor(run_directory):
    parent = await asyncio.create_subprocess_exec(
        sys.executable, "-c", PARENT, str(run_directory), stdout=asyncio.subprocess.PIPE
    )
    pid = int(await parent.stdout.readline())
    await until(lambda: (run_directory / "admin.sock").exists())
    assert is_alive(pid)
    parent.kill()
    await parent.wait()
    await until(lambda: not is_alive(pid))


async def test_what_the_proxy_may_have_left_in_its_directory_is_not_followed(settings, run_directory):
    precious = run_directory.parent / "precious"
    precious.write_text("untouched")
    run_directory.mkdir()
    (run_directory / "bootstrap.json").symlink_to(precious)
    recorder = Recorder()
    async with running(settings(), recorder):
        await recorder.wait_for(Ready)
    assert precious.read_text() == "untouched"
    assert precious.stat().st_uid == os.geteuid()
    assert run_directory.stat().st_mode & 0o777 == 0o700


async def test_runs_in_a_session_of_its_own(settings):
    recorder = Recorder()
    async with running(settings(), recorder):
        pid = (await recorder.wait_for(Started)).pid
        assert os.getsid(pid) == pid != os.getsid(0)


def status_of(pid: int) -> dict[str, list[str]]:
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return {key: value.split() for key, _, value in (line.partition(":") for line in lines)}


def maps_of(pid: int) -> str:
    return Path(f"/proc/{pid}/maps").read_text()


@needs_root
async def test_started_by_root_it_has_no_privilege(settings):
    recorder = Recorder()
    async with running(settings(), recorder):
        await recorder.wait_for(Ready)
        status = status_of((await recorder.wait_for(Started)).pid)
    account = unprivileged()
    assert status["Uid"] == [str(account.uid)] * 4
    assert status["Gid"] == [str(account.gid)] * 4
    assert status["Groups"] == []
    assert int(status["CapPrm"][0], 16) == int(status["CapAmb"][0], 16) == 0
    assert status["NoNewPrivs"] == ["1"]


def free_privileged_port() -> int:
    for port in range(1, 1024):
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port
    pytest.skip("no port below 1024 is free")


@needs_root
async def test_may_listen_below_1024_and_still_preload_a_library(settings, options):
    port = free_privileged_port()
    if not needs_bind_service(port):
        pytest.skip("every user may listen on every port here")
    recorder = Recorder()
    chosen = settings(serving(options, port=port), bind_service=True, environment={"LD_PRELOAD": "libresolv.so.2"})
    async with running(chosen, recorder):
        await recorder.wait_for(Ready)
        assert (await request(port, "/direct")).startswith(b"HTTP/1.1 204")
        pid = (await recorder.wait_for(Started)).pid
        assert int(status_of(pid)["CapEff"][0], 16) == 1 << 10
        assert "libresolv" in maps_of(pid)


def write_clusters(path: Path, names: list[str], timeout: str) -> None:
    """Clusters whose endpoints nobody will send: warm when *timeout* has passed, never if it is 0s."""
    nobody = {
        "api_type": "GRPC",
        "transport_api_version": "V3",
        "grpc_services": [{"envoy_grpc": {"cluster_name": "xds"}}],
    }
    source = {"api_config_source": nobody, "resource_api_version": "V3", "initial_fetch_timeout": timeout}
    clusters = [
        {
            "@type": "type.googleapis.com/envoy.config.cluster.v3.Cluster",
            "name": name,
            "type": "EDS",
            "eds_cluster_config": {"eds_config": source},
        }
        for name in names
    ]
    fresh = path.with_suffix(".new")
    fresh.write_text(json.dumps({"resources": clusters}))
    fresh.rename(path.with_suffix(".json"))


async def test_warm_waits_for_the_clusters_named_and_no_others(settings, options, run_directory):
    sets = run_directory.parent / "cds.json"
    sets.write_text('{"resources": []}')
    from_file = {"cds_config": {"path_config_source": {"path": str(sets)}, "resource_api_version": "V3"}}
    message = serving(options)
    message.MergeFrom(from_dict({"dynamic_resources": from_file}, bootstrap_v3.Bootstrap))
    names = [f"default/orders+v{number}?" for number in range(120)]
    recorder = Recorder()
    async with running(settings(message), recorder) as envoy, asyncio.timeout(DEADLINE):
        await envoy.ready()
        write_clusters(sets, names, "0s")
        await until(lambda: all_warming(envoy, names))
        assert await envoy.admin.warming(names[5:7]) == set(names[5:7])
        await envoy.warm(["upstream", "not here"], within_seconds=1)
        with pytest.raises(RemoteError, match=r"still warming after 0\.05 s: default/orders\+v7\?"):
            await envoy.warm([names[7]], within_seconds=0.05)
        write_clusters(sets, names, "0.2s")
        await envoy.warm(names, within_seconds=DEADLINE)
        assert await envoy.admin.warming(names) == frozenset()
