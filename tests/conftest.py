"""What all tests share: backends, and a loop in which shared gateways live. Tests of one file run in one process."""

from collections.abc import Iterator

import pytest
from xdist.scheduler import LoadFileScheduling

from harness.background import Background
from harness.upstreams import Upstreams


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
    with Upstreams(background) as running:
        yield running
