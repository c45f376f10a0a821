"""The secrets lane: certificate resources become SDS secrets, and follow their files without plan or compile.

The law: a proxy is never given worse than it has. A pair that does not fit, as between the two writes of a renewal,
leaves the last good one in place, and is a finding only if it lasts.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable, Iterable, Iterator, Mapping
from contextlib import aclosing
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import MappingProxyType

from crossway.compile.envoy import names
from crossway.compile.envoy.resource import Resource
from crossway.identity.certificates import CertificateFacts, examine, examine_authorities
from crossway.model import Certificate, Finding, Findings, Ref, errors
from crossway.protos.envoy.config.core import v3 as core_v3
from crossway.protos.envoy.extensions.transport_sockets.tls import v3 as tls_v3

Watch = Callable[[Callable[[], Iterable[Path]]], AsyncGenerator[None, None]]
"""Yields at once, after every change of the paths, and now and then: `crossway.sources.watch.watch`."""

LASTING = timedelta(seconds=5)
"""How long the files of a good secret may be broken, as during a renewal, before that is a finding."""
RETRY = 0.25
LARGEST = 2**20


@dataclass(frozen=True, slots=True)
class Secrets:
    """What is served, what is wrong, and what may be shown."""

    resources: Mapping[str, Resource]
    """By the name of the secret: see `names.secret` and `names.authorities`."""
    findings: Findings
    facts: Mapping[str, tuple[CertificateFacts, ...]]
    """Of what is served, under the same names: one of a certificate, each of a bundle of authorities."""


@dataclass(frozen=True, slots=True)
class _Served:
    """One secret: the best there has been, and what is wrong with the newest."""

    resource: Resource | None
    facts: tuple[CertificateFacts, ...]
    findings: Findings
    tell_from: datetime | None = None
    """Set while the newest is not what is served: when its findings are told."""


class SecretLane:
    """Keeps the secrets of a set of certificate resources."""

    def __init__(self, watch: Watch, now: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        self._watch = watch
        self._now = now
        self._certificates: Mapping[Ref, Certificate] = {}
        self._served: Mapping[str, _Served] = {}
        self._given = Secrets({}, (), {})

    def declare(self, certificates: Mapping[Ref, Certificate]) -> Secrets:
        """Serve these *certificates* and no others; return their secrets, read now.

        A secret that cannot be made is missing, unless one of this name has been good: that one stays.
        """
        self._certificates = certificates
        now = self._now()
        self._served = _read(certificates, self._served, now, tell_from=now)
        self._given = _secrets(self._served, now)
        return self._given

    async def changes(self) -> AsyncGenerator[Secrets, None]:
        """Yield the secrets each time that they differ from what was given last."""
        async with aclosing(self._watch(self._paths)) as words:
            async for _ in words:
                ...

    def _paths(self) -> list[Path]:
        return [Path(text) for certificate in self._certificates.values() for text in _texts(certificate) ...]
