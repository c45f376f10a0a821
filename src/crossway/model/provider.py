"""OpenID providers: what they say of themselves, and the settings that leave it to them to say it.

Whoever fetches what they say is somewhere else. Here is what is asked for, and what follows from the answer.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from crossway.model.finding import Finding, Severity
from crossway.model.part import Spec

_HINT: Final = "a control plane asks until there is an answer, which opens the route; or write the endpoints"


@dataclass(frozen=True, slots=True)
class Provider:
    """Where the endpoints of a provider are (OpenID Connect Discovery 1.0, section 3)."""

    authorization_endpoint: str
    token_endpoint: str
    jwks_uri: str
    end_session_endpoint: str | None = None


@dataclass(frozen=True, slots=True)
class Silent:
    """A provider that was asked, and has never given an answer that can be used."""

    reason: str
    """Why, in words."""


Providers = Mapping[str, Provider | Silent]
"""What became of asking, by issuer."""


class Discovering(Spec, ABC):
    """Settings of a policy that may leave it to a provider to say where its endpoints are."""

    @property
    @abstractmethod
    def asked(self) -> str | None:
        """The issuer that has to be asked; `None` if nothing is left to say."""

    @abstractmethod
    def told(self, provider: Provider) -> Spec:
        """Return the settings with what *provider* says where nothing is written."""


def undiscovered(issuer: str, reason: str = "it has not been asked") -> Finding:
    """Return the finding for settings that cannot hold yet, since the provider has not said where its endpoints are."""
    message = f"nothing is known of the provider {issuer}: {reason}"
    return Finding("oidc.undiscovered", message, Severity.WARNING, path=("issuer",), hint=_HINT)
