"""Starting and stopping; what runs meanwhile is in the journeys."""

import asyncio
import signal

from harness.gateway import Gateway
from harness.waiting import until

HANGING = """\
gateways: {edge: {listeners: {http: $http}}}
services: {echo: "http://127.0.0.1:$backend"}
routes: {echo: {to: echo}}
"""


def test_a_mistake_at_the_terminal_is_a_sentence(crossway):
    outcome = crossway("run", "gateway.yaml", "--store", "sqlite:///x.db")
    expected = "crossway: run either a file or a store: to bring a file into a store, `crossway apply` it\n"
    assert (outcome.status, outcome.err) == (2, expected)


def test_what_is_in_groups_of_exceptions_is_a_sentence_too(crossway, tmp_path):
    outcome = crossway("run", tmp_path / "none.yaml", "--state", tmp_path / "state", "--admin", "")
    assert outcome.status == 2
    assert outcome.err.splitlines() == [
        f"crossway: {tmp_path}/none.yaml: error: there is no such file or directory [file.missing]",
        "crossway: the configuration is broken, and there is no last good one to start from",
    ]


async def test_a_second_signal_waits_for_nobody():
    asked, ends = asyncio.Event(), asyncio.Event()

    async def hang(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        asked.set()
        await ends.wait()
        writer.close()

    async with await asyncio.start_server(hang, "127.0.0.1", 0) as backend:
        async with Gateway(HANGING, drain=60, backend=backend.sockets[0].getsockname()[1]) as gateway:
            reader, writer = await asyncio.open_connection("127.0.0.1", gateway.port("http"))
            writer.write(b"GET / HTTP/1.1\r\nhost: test\r\n\r\n")
            await asked.wait()
            gateway.process.send_signal(signal.SIGINT)
            await until(lambda: "stopping" in gateway.log)
            assert gateway.process.poll() is None
            gateway.process.send_signal(signal.SIGINT)
            assert await asyncio.to_thread(gateway.process.wait, 10) == 0
            assert gateway.leftovers() == []
            assert b"HTTP/1.1 200" not in await reader.read()
            writer.close()
        ends.set()
