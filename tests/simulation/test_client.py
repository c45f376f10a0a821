import pytest

from crossway.simulation.arrival import Arrival
from crossway.simulation.request import Aspect
from simulation.test_entrance import arrive


def client(policies: str, **request: object) -> str | None:
    arrival = arrive(policies, **request)
    assert isinstance(arrival, Arrival)
    return arrival.client_ip


TRUSTED = "{client_ip: {trusted_proxies: [10.0.0.0/8]}}"
HOPS = "{client_ip: {trusted_hops: 2}}"
OWN = "{client_ip: {header: x-client}}"


@pytest.mark.parametrize(
    ("policies", "peer", "headers", "address"),
    [
        (TRUSTED, "10.0.0.1", {"x-forwarded-for": "1.2.3.4, 10.0.0.2"}, "1.2.3.4"),
        (TRUSTED, "9.9.9.9", {"x-forwarded-for": "1.2.3.4"}, "9.9.9.9"),
        (TRUSTED, "10.0.0.1", {"x-forwarded-for": "nonsense"}, "10.0.0.1"),
        (TRUSTED, "10.0.0.1", {}, "10.0.0.1"),
        (HOPS, "10.0.0.1", {"x-forwarded-for": "1.1.1.1,2.2.2.2,3.3.3.3"}, "2.2.2.2"),
        (HOPS, "10.0.0.1", {"x-forwarded-for": "1.1.1.1"}, "10.0.0.1"),
        (OWN, "10.0.0.1", {"x-client": "1.2.3.4"}, "1.2.3.4"),
        (OWN, "10.0.0.1", {"x-client": "nonsense"}, "10.0.0.1"),
    ],
)
def test_the_address_of_the_client(policies, peer, headers, address):
    assert client(policies, peer_ip=peer, headers=headers) == address


@pytest.mark.parametrize("policies", [TRUSTED, HOPS, OWN])
def test_an_address_that_hangs_on_headers_is_unknown_without_them(policies):
    assert client(policies, peer_ip="10.0.0.1", unknown=frozenset({Aspect.HEADERS})) is None
    assert client(policies, client_ip="1.2.3.4", unknown=frozenset({Aspect.HEADERS})) == "1.2.3.4"
