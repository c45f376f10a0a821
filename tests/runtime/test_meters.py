from crossway.runtime.meters import MEASURE_EVERY, Meter, Meters


def test_a_plugin_has_one_meter_whatever_its_code_is() -> None:
    meters = Meters()
    meters.of("stamp").calls += 1
    meters.of("stamp").calls += 1
    meters.of("audit").errors += 1
    assert [(name, meter.calls, meter.errors) for name, meter in meters.items()] == [("audit", 0, 1), ("stamp", 2, 0)]


def test_a_run_that_is_measured_stands_for_those_since_the_last_one() -> None:
    meter = Meter()
    times = [0, MEASURE_EVERY / 2, MEASURE_EVERY * 0.9, MEASURE_EVERY, MEASURE_EVERY * 3]
    assert [meter.begin(100 + time) for time in times] == [1, 0, 0, 3, 1]
    assert meter.calls == len(times)
