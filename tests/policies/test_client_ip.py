import pytest
from pydantic import ValidationError

from crossway.policies.client_ip import ClientIp


def networks(count: int) -> list[str]:
    return [f"10.{number // 256}.{number % 256}.0/24" for number in range(count)]


def test_many_proxies_are_trusted():
    assert len(ClientIp.model_validate({"trusted_proxies": networks(1000)}).trusted_proxies) == 1000


@pytest.mark.parametrize(
    "settings",
    [{"trusted_proxies": networks(3000)}, {"header": "x" * 16_384}, {"trusted_proxies": ["fe80::1%eth0"]}],
)
def test_what_does_not_fit_into_a_header_is_refused(settings):
    with pytest.raises(ValidationError):
        ClientIp.model_validate(settings)
