"""Unix sockets, wherever they lie and whoever left them."""

import os
import socket
import threading

import pytest

from crossway.cli.connection import UnixConnection, is_served, wait_as_long_as_it_takes
from crossway.errors import RemoteError


@pytest.fixture(params=["admin.sock", f"{'long' * 30}/admin.sock"], ids=["short", "long"])
def path(tmp_path, request):
    path = tmp_path / request.param
    path.parent.mkdir(exist_ok=True)
    return path


@pytest.fixture
def bound(path):
    """A socket at a path that may be longer than the kernel takes."""
    directory = os.open(path.parent, os.O_PATH)
    with socket.socket(socket.AF_UNIX) as own:
        own.bind(f"/proc/self/fd/{directory}/{path.name}")
        os.close(directory)
        yield own


def test_a_question_over_a_unix_socket(bound, path):
    bound.listen()

    def answer():
        with bound.accept()[0] as connection:
            connection.recv(65536)
            connection.sendall(b"HTTP/1.1 200 OK\r\ncontent-length: 3\r\n\r\nyes")

    thread = threading.Thread(target=answer)
    thread.start()
    connection = UnixConnection(path)
    connection.request("GET", "/")
    assert connection.getresponse().read() == b"yes"
    connection.close()
    thread.join()


def test_whether_somebody_serves_it(bound, path):
    assert not is_served(path), "a process that was killed leaves it behind"
    bound.listen()
    assert is_served(path)


def test_nobody_is_there(tmp_path):
    assert not is_served(tmp_path / "admin.sock")
    assert not is_served(tmp_path / "none" / "admin.sock")
    (tmp_path / "file").touch()
    assert not is_served(tmp_path / "file" / "admin.sock")


def test_a_socket_of_another_kind(tmp_path):
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as other:
        other.bind(str(tmp_path / "admin.sock"))
        with pytest.raises(RemoteError, match=r"cannot be opened .*: be the account that runs Crossway"):
            is_served(tmp_path / "admin.sock")


def test_a_dead_peer_is_noticed_without_a_deadline():
    with socket.create_server(("127.0.0.1", 0)) as server, socket.create_connection(server.getsockname()) as own:
        wait_as_long_as_it_takes(own)
        assert own.gettimeout() is None
        assert own.getsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE)
