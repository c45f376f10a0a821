import threading
import time

import pytest

from crossway.runtime.watchdog import Interrupted, Slice, interrupt, lane


def running(left: float) -> Slice:
    found = Slice()
    found.left, found.condemned = left, False
    return found


def burn() -> None:
    while True:
        len("")


def test_code_that_does_not_end_is_interrupted_after_its_time() -> None:
    here, slice_ = lane(), running(0.1)
    here.count += 1
    here.running = slice_
    begun = time.monotonic()
    with pytest.raises(Interrupted):
        burn()
    here.spare(slice_)
    assert 0.1 <= time.monotonic() - begun < 2


def test_what_is_raised_for_a_slice_hits_no_other() -> None:
    here = lane()
    for _ in range(50):
        slice_ = running(0.0)
        here.since = (here.count + 1, 0.0)
        here.count += 1
        here.running = slice_
        try:
            here.look(time.monotonic())
        except Interrupted:
            assert slice_.condemned
        here.spare(slice_)
        for _ in range(1000):
            len("")


def test_a_slice_that_has_ended_is_left_alone() -> None:
    here, slice_ = lane(), running(0.0)
    here.count += 1
    here.running = slice_
    here.since = (here.count, 0.0)
    here.running = None
    here.look(time.monotonic())
    assert not slice_.condemned


def test_each_thread_has_a_lane_of_its_own() -> None:
    found = []
    thread = threading.Thread(target=lambda: found.append(lane().thread))
    thread.start()
    thread.join()
    assert found != [lane().thread]
    assert lane() is lane()


def test_a_thread_can_be_ended() -> None:
    ended = []

    def work() -> None:
        try:
            while True:
                len("")
        except Interrupted:
            ended.append(True)

    thread = threading.Thread(target=work)
    thread.start()
    interrupt(thread)
    thread.join(5)
    assert ended == [True]
