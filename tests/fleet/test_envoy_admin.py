import json

import pytest

from crossway.errors import RemoteError
from crossway.fleet.envoy_admin import Admin, NoAnswerError
from fleet.conftest import Recorder, running


async def test_nobody_there(tmp_path):
    admin = Admin(tmp_path / "admin.sock")
    assert not await admin.ready()
    with pytest.raises(NoAnswerError, match=r"Envoy does not answer on .*admin\.sock: No such file or directory"):
        await admin.get("/stats")


@pytest.mark.journey
async def test_answers_and_refusals_of_a_real_envoy(settings):
    async with running(settings(), Recorder()) as envoy:
        await envoy.ready()
        admin = envoy.admin
        assert json.loads(await admin.get("/server_info"))["state"] == "LIVE"
        assert b"envoy_server_live" in await admin.get("/stats/prometheus")
        assert "certificates" in json.loads(await admin.get("/certs")) or await admin.get("/certs") == b"{}\n"
        assert await admin.post("/healthcheck/ok") == b"OK\n"
        assert await admin.in_progress() == 0
        with pytest.raises(RemoteError, match=r"Envoy answered 404 to GET /nothing: invalid path"):
            await admin.get("/nothing")
        with pytest.raises(RemoteError, match=r"Envoy answered 405 to GET /quitquitquit: Method GET not allowed"):
            await admin.get("/quitquitquit")
