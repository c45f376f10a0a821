from crossway.fleet.capacity import Capacity
from crossway.fleet.overload import HEAP, overload_manager
from crossway.protos import unpack

CAPACITY = Capacity(connections=1000, heap_bytes=2**30)


def test_both_bounds_are_those_of_the_capacity():
    connections, heap = (unpack(monitor.typed_config) for monitor in overload_manager(CAPACITY).resource_monitors)
    assert connections.max_active_downstream_connections == 1000
    assert heap.max_heap_size_bytes == 2**30


def test_what_nobody_misses_goes_first():
    actions = overload_manager(CAPACITY).actions
    assert [action.name.rpartition(".")[2] for action in actions] == [
        "reduce_timeouts",
        "reset_high_memory_stream",
        "shrink_heap",
        "stop_accepting_requests",
        "stop_accepting_connections",
    ]
    triggers = [trigger for action in actions for trigger in action.triggers]
    assert {trigger.name for trigger in triggers} == {HEAP}
    begins = [trigger.scaled.scaling_threshold or trigger.threshold.value for trigger in triggers]
    assert begins == sorted(begins)
