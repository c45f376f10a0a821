from crossway.runtime.meters import Meters


def test_a_plugin_has_one_meter_whatever_its_code_is() -> None:
    meters = Meters()
    meters.of("stamp").calls += 1
    meters.of("stamp").calls += 1
    meters.of("audit").errors += 1
    assert [(name, meter.calls, meter.errors) for name, meter in meters.items()] == [("audit", 0, 1), ("stamp", 2, 0)]
