import pwd

import pytest

from crossway.errors import UserError
from crossway.fleet.account import Account, needs_bind_service, unprivileged
from fleet.conftest import needs_root


@needs_root
def test_root_hands_over_to_somebody_without_privileges(tmp_path):
    account = unprivileged()
    assert account.name in ("crossway", "nobody")
    assert account.uid != 0
    file = tmp_path / "file"
    file.touch()
    account.own(file)
    assert (file.stat().st_uid, file.stat().st_gid) == account.identity


@needs_root
def test_root_may_choose_the_user_and_may_insist_on_root():
    daemon = pwd.getpwnam("daemon")
    assert unprivileged("daemon") == Account("daemon", daemon.pw_uid, daemon.pw_gid)
    assert unprivileged("root") is None


def test_a_user_that_does_not_exist():
    with pytest.raises(UserError, match="there is no user no-such-user to run Envoy as"):
        unprivileged("no-such-user")


def test_high_ports_are_open_to_everybody():
    assert not needs_bind_service(8080)
