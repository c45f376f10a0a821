import os
import pwd
import socket
import stat

import pytest

from crossway.admin.doors import SOCKET, Tls, account_of, close_unix, is_loopback, open_tcp, open_unix
from crossway.errors import UserError
from harness.certificates import Authority


def test_what_only_this_machine_reaches():
    assert all(map(is_loopback, ("127.0.0.1", "127.9.9.9", "::1", "localhost")))
    assert not any(
        map(is_loopback, ("0.0.0.0", "::", "", "10.0.0.1", "localhost.example", "127.0.0.1.example", "2130706433"))
    )


@pytest.mark.parametrize("address", ["nonsense", "127.0.0.1:", "127.0.0.1:99999", "", "127.0.0.1:-1"])
def test_what_is_no_address(address):
    with pytest.raises(UserError, match="is not host:port"):
        open_tcp(address, None)


def test_no_host_is_not_loopback():
    with pytest.raises(UserError, match="needs TLS"):
        open_tcp(":0", None)


def test_an_answer_does_not_wait_for_an_acknowledgement():
    with open_tcp("127.0.0.1:0", None) as listener, socket.create_connection(listener.getsockname()):
        connection, _ = listener.accept()
        with connection:
            assert connection.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)


def test_ipv6():
    with open_tcp("[::1]:0", None) as listener:
        assert listener.getsockname()[0] == "::1"


def test_a_socket_that_was_left_behind_is_removed(tmp_path):
    open_unix(tmp_path).close()
    assert (tmp_path / SOCKET).exists()
    listener = open_unix(tmp_path)
    assert stat.S_IMODE((tmp_path / SOCKET).stat().st_mode) == 0o600
    close_unix(listener, tmp_path)
    assert not (tmp_path / SOCKET).exists()


def test_a_socket_that_somebody_listens_at_is_not(tmp_path):
    with open_unix(tmp_path) as listener:
        with pytest.raises(UserError, match="another Crossway runs with this state directory"):
            open_unix(tmp_path)
        with socket.socket(socket.AF_UNIX) as client:
            client.connect(str(tmp_path / SOCKET))
            listener.accept()[0].close()


def test_what_is_no_socket_is_left_alone(tmp_path):
    (tmp_path / SOCKET).write_text("precious")
    with pytest.raises(UserError, match="is in the way of the admin socket"):
        open_unix(tmp_path)
    (tmp_path / SOCKET).unlink()
    (tmp_path / "elsewhere").write_text("precious")
    (tmp_path / SOCKET).symlink_to(tmp_path / "elsewhere")
    with pytest.raises(UserError, match="is in the way of the admin socket"):
        open_unix(tmp_path)
    assert (tmp_path / "elsewhere").read_text() == "precious"


def test_the_mode_does_not_depend_on_the_mask(tmp_path):
    before = os.umask(0)
    try:
        close = open_unix(tmp_path / "state")
    finally:
        os.umask(before)
    assert stat.S_IMODE((tmp_path / "state" / SOCKET).stat().st_mode) == 0o600
    assert stat.S_IMODE((tmp_path / "state").stat().st_mode) == 0o700
    close.close()


def test_the_account_is_asked_of_the_kernel(tmp_path):
    with open_unix(tmp_path) as listener, socket.socket(socket.AF_UNIX) as client:
        client.connect(str(tmp_path / SOCKET))
        connection, _ = listener.accept()
        with connection:
            assert account_of(connection) == pwd.getpwuid(os.getuid()).pw_name


def test_a_key_that_does_not_fit(tmp_path):
    authority = Authority()
    authority.issue("a").save(tmp_path, "a")
    authority.issue("b").save(tmp_path, "b")
    assert Tls(tmp_path / "a.pem", tmp_path / "a.key").context()
    for key in ("b.key", "a.pem", "none"):
        with pytest.raises(UserError, match="cannot serve TLS with"):
            Tls(tmp_path / "a.pem", tmp_path / key).context()
