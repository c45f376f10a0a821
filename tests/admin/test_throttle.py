from crossway.admin.throttle import MISTAKES, MOST, WINDOW, Throttle


class Clock:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def test_a_window_begins_with_the_first_mistake():
    clock = Clock()
    throttle = Throttle(clock)
    assert [throttle.wrong("a") for _ in range(MISTAKES + 1)] == [0] * MISTAKES + [60]
    assert throttle.wrong("b") == 0
    clock.now += WINDOW - 0.5
    assert throttle.wrong("a") == 1
    clock.now += 0.5
    assert throttle.wrong("a") == 0


def test_memory_is_bounded():
    throttle = Throttle(Clock())
    for number in range(3 * MOST):
        throttle.wrong(str(number))
        throttle.wrong("busy")
    assert len(throttle._counts) == MOST
    assert throttle.wrong("busy") > 0
