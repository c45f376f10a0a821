"""Flights: who waits for whom, for how long, and what is remembered."""

import asyncio

from crossway.runtime.caching.flights import REMEMBERED, Flights, Outcome


async def test_those_who_wait_learn_what_became_of_it():
    flights = Flights()
    flight = flights.start("a")
    assert flights.under_way("a", 5) is flight
    assert flights.under_way("b", 5) is None
    waiting = [asyncio.ensure_future(flight.wait(5)) for _ in range(3)]
    await asyncio.sleep(0)
    waiting[0].cancel()
    flight.land(Outcome.KEPT)
    flight.land(Outcome.FAILED)
    assert [await task for task in waiting[1:]] == [Outcome.KEPT] * 2
    assert flights.under_way("a", 5) is None


async def test_patience_ends():
    flights = Flights()
    flight = flights.start("a")
    assert await flight.wait(0.001) is Outcome.LATE
    assert flights.under_way("a", 0.001) is None
    assert flights.under_way("a", 5) is flight


async def test_a_late_landing_leaves_a_later_flight_alone():
    flights = Flights()
    old, new = flights.start("a"), flights.start("a")
    old.land(Outcome.KEPT)
    assert flights.under_way("a", 5) is new


async def test_what_is_nobody_elses_is_remembered_until_it_is_for_everybody():
    flights = Flights()
    flights.start("a").land(Outcome.OWN)
    assert flights.is_own("a")
    flights.alone("a").land(Outcome.FAILED)
    assert flights.is_own("a")
    flights.alone("a").land(Outcome.KEPT)
    assert not flights.is_own("a")
    flights.set_own("a", own=False)


async def test_only_so_much_is_remembered():
    flights = Flights()
    for number in range(REMEMBERED + 1):
        flights.set_own(number, own=True)
    assert not flights.is_own(0)
    assert flights.is_own(1)
