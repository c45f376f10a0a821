import os
import subprocess
import sys
import sysconfig
from pathlib import Path

import pytest

from crossway.compile.program import SHARED_STORE, UPLOADS
from crossway.errors import UserError
from crossway.fleet import launch
from crossway.fleet.account import unprivileged
from crossway.fleet.python import MODULE, SEARCH, python
from fleet.conftest import needs_root

IMPORTS = "import pyvoy, pyqwest, uvloop, crossway.runtime.serving, sys; print(sys.prefix)"


def run(order: tuple[list[str], dict[str, str]]) -> subprocess.CompletedProcess[str]:
    command, environment = order
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=False, timeout=30)


def test_envoy_finds_the_module_by_its_name_wherever_python_is_installed(run_directory):
    inside = python(run_directory)
    assert inside.environment[SEARCH] == str(run_directory)
    assert (run_directory / MODULE).is_file()
    assert Path(inside.environment["LD_PRELOAD"]).is_file()


def test_it_can_be_asked_for_twice(run_directory):
    assert python(run_directory) == python(run_directory)


def test_the_interpreter_inside_has_our_packages(run_directory):
    environment = {name: value for name, value in python(run_directory).environment.items() if name != "LD_PRELOAD"}
    done = run(launch.command([sys.executable, "-S", "-c", IMPORTS], environment))
    assert done.returncode == 0, done.stderr


def test_nothing_is_handed_over_to_who_can_read_it(run_directory):
    assert python(run_directory).directories == {}


def test_a_python_without_a_shared_library_is_no_error(run_directory, monkeypatch):
    monkeypatch.setitem(sysconfig.get_config_vars(), "Py_ENABLE_SHARED", 0)
    inside = python(run_directory)
    assert (inside.environment, inside.directories) == ({}, {})


def test_the_shared_store_is_told_to_the_proxy(run_directory):
    url = "redis://:hunter2@127.0.0.1:6379/1"
    assert python(run_directory, shared_store=url).environment[SHARED_STORE] == url


def test_uploads_have_a_directory_that_is_for_the_proxy_alone(run_directory, tmp_path):
    inside = python(run_directory, uploads=tmp_path / "state" / "uploads")
    assert inside.environment[UPLOADS] == str(tmp_path / "state" / "uploads")
    assert (tmp_path / "state" / "uploads").stat().st_mode & 0o777 == 0o700


@needs_root
def test_uploads_are_handed_over_open_since_the_directory_of_state_is_closed(run_directory, tmp_path):
    account = unprivileged("nobody")
    inside = python(run_directory, account, uploads=tmp_path / "state" / "uploads")
    handed = {f"/proc/self/fd/{number}": directory for number, directory in inside.directories.items()}
    assert handed[inside.environment[UPLOADS]] == str(tmp_path / "state" / "uploads")
    assert (tmp_path / "state" / "uploads").stat().st_uid == account.uid


@pytest.mark.parametrize("url", ["postgresql://a:hunter2@b/c", "redis://a:hunter2@b:port/0", "hunter2"])
def test_a_shared_store_that_is_no_redis_is_refused_without_its_password(run_directory, url):
    with pytest.raises(UserError, match="redis://HOST:PORT/0") as caught:
        python(run_directory, shared_store=url)
    assert "hunter2" not in str(caught.value)


@needs_root
def test_what_another_user_cannot_reach_is_handed_over_open(run_directory, tmp_path, monkeypatch):
    packages = tmp_path / "packages"
    packages.mkdir()
    (packages / "only_here.py").write_text("found = 1")
    tmp_path.chmod(0o700)
    packages.chmod(0o755)
    monkeypatch.syspath_prepend(str(packages))
    account = unprivileged()
    inside = python(run_directory, account)
    assert str(packages) not in inside.environment["PYTHONPATH"]
    (number,) = (number for number, directory in inside.directories.items() if directory == str(packages))
    assert f"/proc/self/fd/{number}" in inside.environment["PYTHONPATH"].split(os.pathsep)
    listed = ["/bin/ls", f"/proc/self/fd/{number}"]
    done = run(launch.command(listed, {}, account.identity, False, inside.directories))
    assert done.stdout.split() == ["only_here.py"], done.stderr


@needs_root
def test_the_link_to_the_module_works_for_another_user(run_directory):
    account = unprivileged()
    inside = python(run_directory, account)
    run_directory.chmod(0o755)
    listed = ["/bin/ls", "-L", str(run_directory / MODULE)]
    done = run(launch.command(listed, {}, account.identity, False, inside.directories))
    assert done.returncode == 0, done.stderr
