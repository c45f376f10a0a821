"""The secrets lane: certificate resources become SDS secrets, and follow their files without plan or compile.

The law: a proxy is never given worse than it has. A pair that does not fit, as between the two writes of a renewal,
leaves the last good one in place, and is a finding only if it lasts.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable, Iterable, Mapping
from contextlib import aclosing
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from crossway.compile.contract import GenericSecret
from crossway.compile.envoy import names
from crossway.compile.envoy.resource import Resource
from crossway.identity.certificates import CertificateFacts
from crossway.identity.material import Material, files, generic_secret, read_bundle, read_pair
from crossway.identity.vault import Find, find_none
from crossway.model import Certificate, Findings, Ref, errors

Watch = Callable[[Callable[[], Iterable[Path]]], AsyncGenerator[None, None]]
"""Yields at once, after every change of the paths, and now and then: `crossway.sources.watch.watch`."""

LASTING = timedelta(seconds=5)
"""How long the files of a good secret may be broken, as during a renewal, before that is a finding."""
RETRY = 0.25


@dataclass(frozen=True, slots=True)
class Secrets:
    """What is served, what is wrong, and what may be shown."""

    resources: Mapping[str, Resource] = field(repr=False)
    """By the name of the secret, see `names.secret` and `names.authorities`."""
    findings: Findings
    facts: Mapping[str, tuple[CertificateFacts, ...]]
    """Of what is served, under the same names: one of a pair, each of a bundle of authorities."""


def read_secrets(certificates: Mapping[Ref, Certificate], generic: frozenset[GenericSecret], now: datetime) -> Secrets:
    """Return the secrets of *certificates* as their files are now, and *generic* ones; what cannot be made is missing.

    There is no store that could know any.
    """
    return _secrets(_read(certificates, {}, now, find_none, tell_from=now), _read_generic(generic, find_none), now)


class SecretLane:
    """Keeps the secrets of a set of certificate resources."""

    def __init__(
        self, watch: Watch, now: Callable[[], datetime] = lambda: datetime.now(UTC), find: Find = find_none
    ) -> None:
        """Make a lane; *find* is asked for the secrets that certificates name."""
        self._watch = watch
        self._find = find
        self._now = now
        self._certificates: Mapping[Ref, Certificate] = {}
        self._generic: dict[str, Resource] = {}
        self._served: Mapping[str, _Served] = {}
        self._given = Secrets({}, (), {})

    def declare(
        self, certificates: Mapping[Ref, Certificate], generic: frozenset[GenericSecret] = frozenset()
    ) -> Secrets:
        """Serve the secrets of these *certificates*, these *generic* ones, and no others; return them, read now.

        A secret that cannot be made is missing, unless there has been a good certificate of its name: that one stays.
        """
        now = self._now()
        self._certificates = certificates
        self._served = _read(certificates, self._served, now, self._find, tell_from=now)
        self._generic = _read_generic(generic, self._find)
        self._given = _secrets(self._served, self._generic, now)
        return self._given

    async def changes(self) -> AsyncGenerator[Secrets, None]:
        """Yield all secrets each time that they differ from what was given last.

        The files of what is declared meanwhile are watched within two seconds, and nothing of theirs is missed.
        """
        async with aclosing(self._watch(self._paths)) as words:
            async for _ in words:
                while True:
                    if await self._refresh():
                        yield self._given
                    if not any(served.settling(self._now()) for served in self._served.values()):
                        break
                    await asyncio.sleep(RETRY)

    def _paths(self) -> set[Path]:
        return {path for certificate in self._certificates.values() for path in files(certificate)}

    async def _refresh(self) -> bool:
        now, certificates = self._now(), self._certificates
        served = await asyncio.to_thread(_read, certificates, self._served, now, self._find, tell_from=now + LASTING)
        secrets = _secrets(served, self._generic, now)
        if certificates is not self._certificates:  # declared anew meanwhile, and read there
            return False
        changed = secrets != self._given
        self._served, self._given = served, secrets
        return changed


@dataclass(frozen=True, slots=True)
class _Served:
    """One secret: the best there has been, and what is wrong with the newest if that is not what is served."""

    about: Ref
    material: Material | None
    facts: tuple[CertificateFacts, ...]
    findings: Findings
    trouble: Findings = ()
    tell_from: datetime | None = None

    def settling(self, now: datetime) -> bool:
        """Return whether there is trouble that may still pass."""
        return self.tell_from is not None and now < self.tell_from

    def told(self, now: datetime) -> Findings:
        """Return what there is to say now."""
        hint = "the one from before stays in use"
        trouble = () if self.settling(now) else tuple(replace(finding, hint=hint) for finding in self.trouble)
        return tuple(replace(finding, about=self.about) for finding in self.findings + trouble)


def _read(
    certificates: Mapping[Ref, Certificate],
    before: Mapping[str, _Served],
    now: datetime,
    find: Find,
    *,
    tell_from: datetime,
) -> Mapping[str, _Served]:
    """Read all *certificates*; new trouble is told from *tell_from* on."""
    served: dict[str, _Served] = {}
    for ref, certificate in certificates.items():

        def find_here(name: str, namespace: str = ref.namespace) -> str | None:
            return find(Ref("secrets", name, namespace))

        for name, newest in (
            (names.secret(ref), read_pair(certificate, find_here)),
            (names.authorities(ref), read_bundle(certificate, find_here)),
        ):
            if newest is not None:
                served[name] = _choose(ref, newest, before.get(name), now, tell_from)
    return served


def _choose(
    about: Ref, newest: Material | Findings, before: _Served | None, now: datetime, tell_from: datetime
) -> _Served:
    """Return what to serve: the *newest*, or what was served *before* if that is better."""
    if isinstance(newest, tuple):
        fresh = _Served(about, None, (), newest)
    else:
        facts, findings = newest.examine(now)
        fresh = _Served(about, newest if facts else None, facts, findings)
    if before is None or before.material is None or before.material == newest:
        return fresh
    if fresh.material and not errors(fresh.findings):
        return fresh
    facts, findings = before.material.examine(now)
    return _Served(about, before.material, facts, findings, fresh.findings, before.tell_from or tell_from)


def _read_generic(secrets: frozenset[GenericSecret], find: Find) -> dict[str, Resource]:
    made = ((secret, generic_secret(secret, find)) for secret in secrets)
    return {
        secret.name: Resource.of(secret.name, message, secret.about) for secret, message in made if message is not None
    }


def _secrets(served: Mapping[str, _Served], generic: dict[str, Resource], now: datetime) -> Secrets:
    resources = {
        name: Resource.of(name, one.material.secret(name), one.about) for name, one in served.items() if one.material
    }
    findings = tuple(finding for one in served.values() for finding in one.told(now))
    return Secrets(resources | generic, findings, {name: one.facts for name, one in served.items() if one.facts})
