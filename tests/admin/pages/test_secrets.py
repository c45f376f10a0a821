import pytest

from crossway.admin.pages.secrets import SecretInput
from crossway.model import Ref


async def test_a_secret_is_put_and_never_read_again(admin):
    answer = await admin.ask("/v1/secrets/team-a/db", "PUT", {"value": "hidden"})
    assert (answer.status, answer.body) == (204, b"")
    assert admin.desk.values == {Ref("secrets", "db", "team-a"): "hidden"}
    assert (await admin.ask("/v1/secrets")).json == {"items": [{"namespace": "team-a", "name": "db"}]}
    assert (await admin.ask("/v1/secrets/team-a/db")).status == 405
    assert (await admin.ask("/v1/secrets/team-a/db", "DELETE")).status == 204
    assert (await admin.ask("/v1/secrets/team-a/db", "DELETE")).status == 404
    assert "hidden" not in str(admin.ledger.entries)


@pytest.mark.parametrize("body", [{}, {"value": ""}, {"value": 1}, {"value": "hidden", "more": 1}, "{"])
async def test_what_is_no_secret(admin, body):
    answer = await admin.ask("/v1/secrets/default/db", "PUT", body)
    assert answer.status == 400
    assert "hidden" not in answer.text
    for path in ("default/-db", "default/a%20b", "-x/db"):
        assert (await admin.ask(f"/v1/secrets/{path}", "PUT", {"value": "v"})).status == 400
    assert admin.desk.values == {}


def test_a_secret_does_not_print():
    assert "hidden" not in repr(SecretInput("hidden"))
