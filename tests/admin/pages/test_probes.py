from litestar import Litestar
from litestar.testing import AsyncTestClient

from crossway.admin.pages.probes import Probes, probe_pages
from harness.admin import is_not_ready, is_ready, metrics


async def test_what_machines_ask():
    for ready, status, text in ((is_ready, 200, "ready\n"), (is_not_ready, 503, "not ready\n")):
        app = Litestar(probe_pages(Probes(metrics, ready)), openapi_config=None, logging_config=None)
        async with AsyncTestClient(app) as asked:
            answer = await asked.get("/readyz")
            assert (answer.status_code, answer.text) == (status, text)
            assert (await asked.get("/healthz")).text == "ok\n"
            answer = await asked.get("/metrics")
            assert answer.text == "one 1\n"
            assert answer.headers["content-type"] == "text/plain; version=0.0.4; charset=utf-8"
