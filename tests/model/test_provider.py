import pytest

from crossway.model import Provider, Severity, Spec, undiscovered
from crossway.model.provider import Discovering


class Told(Discovering):
    """Settings that know one endpoint at most."""

    token_endpoint: str = ""

    @property
    def asked(self) -> str | None:
        return None if self.token_endpoint else "https://id.example"

    def told(self, provider: Provider) -> Spec:
        return self.model_copy(update={"token_endpoint": provider.token_endpoint})


def test_settings_that_were_told_ask_nobody():
    provider = Provider("https://id.example/authorize", "https://id.example/token", "https://id.example/jwks")
    told = Told().told(provider)
    assert isinstance(told, Told)
    assert told.asked is None


def test_what_asks_has_to_say_whom():
    class Mute(Discovering):
        """Settings that do not say it."""

    with pytest.raises(TypeError):
        Mute()


def test_a_provider_that_said_nothing_is_no_reason_to_refuse_a_change():
    finding = undiscovered("https://id.example", "it is on holiday")
    assert (finding.severity, finding.path) == (Severity.WARNING, ("issuer",))
    assert finding.message == "nothing is known of the provider https://id.example: it is on holiday"
