"""What all tests share: backends, and a loop in which shared gateways live. Tests of one file run in one process."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest
from xdist.scheduler import LoadFileScheduling

from harness.background import Background

if TYPE_CHECKING:
    from harness.upstreams import Upstreams


def pytest_configure():
    """Keep gRPC, which is imported later, from meddling when a process is forked: what comes next is exec."""
    os.environ.setdefault("GRPC_ENABLE_FORK_SUPPORT", "false")


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config, log):
    """Keep the tests of a file together: they share a gateway."""
    return LoadFileScheduling(config, log)


@pytest.fixture(scope="session")
def background() -> Iterator[Background]:
    with Background() as running:
        yield running


@pytest.fixture(scope="session")
def upstreams(background: Background) -> Iterator[Upstreams]:
    from harness.upstreams import Upstreams

    with Upstreams(background) as running:
        yield running
