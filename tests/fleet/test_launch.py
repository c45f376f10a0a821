import json
import os
import subprocess
import sys

from crossway.fleet import launch


def run(order: tuple[list[str], dict[str, str]]) -> subprocess.CompletedProcess[str]:
    command, environment = order
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=False, timeout=30)


def test_the_program_gets_its_arguments_and_its_environment_and_no_other():
    program = "import json, os, sys; print(json.dumps([sys.argv[1:], dict(os.environ)]))"
    done = run(launch.command([sys.executable, "-I", "-c", program, "x y"], {"A": "1"}))
    arguments, environment = json.loads(done.stdout)
    assert arguments == ["x y"]
    assert environment["A"] == "1"
    assert not environment.keys() & {"PATH", launch.ORDER}


def test_no_argument_shows_the_environment_to_other_users():
    command, _ = launch.command(["/bin/true"], {"KEY": "secret"})
    assert "secret" not in " ".join(command)


def test_what_prevents_it_is_said_on_stderr():
    done = run(launch.command(["/nowhere/envoy"], {}))
    assert done.returncode == 1
    assert "cannot start Envoy: [Errno 2] No such file or directory: '/nowhere/envoy'" in done.stderr


def test_nothing_starts_when_the_parent_is_gone():
    command, environment = launch.command(["/bin/echo", "started"], {})
    orphaned = json.loads(environment[launch.ORDER]) | {"parent": os.getppid()}
    done = run((command, {launch.ORDER: json.dumps(orphaned)}))
    assert done.stdout == ""
    assert "the process that started Envoy is gone" in done.stderr


def test_the_end_of_the_parent_is_the_end_of_the_program():
    program = "import ctypes; p = ctypes.c_int(); ctypes.CDLL(None).prctl(2, ctypes.byref(p)); print(p.value)"
    assert run(launch.command([sys.executable, "-I", "-c", program], {})).stdout == "9\n"


def test_the_program_may_open_as_many_files_as_we_could():
    program = "import resource; print(*resource.getrlimit(resource.RLIMIT_NOFILE))"
    soft, hard = run(launch.command([sys.executable, "-I", "-c", program], {})).stdout.split()
    assert soft == hard
