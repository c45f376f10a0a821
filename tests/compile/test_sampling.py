"""What says that the beginning of a trace has decided."""

from crossway.compile.sampling import DECIDED, decided


def test_only_requests_with_a_context_carry_it():
    assert (decided().header.key, decided().header.value) == (DECIDED, "%REQ(traceparent)%")
