import subprocess
import sys

SCRIPT = """
import os, resource, time
from crossway.runtime.process.child import Allowance
allowance = Allowance(0.5)
print(allowance.renew(0, 0) > 0)
print(allowance.renew(0, 10) <= 0.5 * 11 + 1)
before = allowance.renew(0, 0)
while time.process_time() < WORK: pass
print(allowance.renew(BEGUN, 0) < before)
print(resource.getrlimit(resource.RLIMIT_CPU)[0] <= time.process_time() + 4)
"""


def run(text: str) -> list[str]:
    process = subprocess.run([sys.executable, "-c", text], capture_output=True, text=True, check=True)
    return process.stdout.split()


def test_requests_bring_cpu_and_work_takes_it() -> None:
    assert run(SCRIPT.replace("WORK", "1.0").replace("BEGUN", "0")) == ["True"] * 4


def test_what_requests_bring_is_not_kept() -> None:
    text = "from crossway.runtime.process.child import Allowance\nallowance = Allowance(1.0)\n"
    assert run(text + "print(allowance.renew(1_000_000, 0) <= 2)") == ["True"]


def test_it_does_not_run_without_its_proxy() -> None:
    order = b'{"code":{"name":"x"},"memory":1,"cpu_time":1,"serves":false,"parent":1,"runs":{}}\n'
    command = [sys.executable, "-P", "-m", "crossway.runtime.process.child", "socket"]
    process = subprocess.run(command, input=order, capture_output=True, check=False)
    assert process.returncode == 1
    assert b"the proxy is gone" in process.stderr
