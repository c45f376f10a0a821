"""LDAP: whether a directory knows a name and a password (RFC 4513), and the groups of who that is.

The library for it is an extra, since it is built on the machine; without it there is nobody to ask.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import re
import secrets
from collections.abc import Callable, Sequence
from datetime import datetime
from functools import lru_cache
from typing import Final

from crossway.authn.roster import Known, Roster
from crossway.authn.verdict import Answer, Passed, Request, Verdict
from crossway.compile import identity
from crossway.compile.checks import Asked
from crossway.compile.contract import Consumers
from crossway.errors import Unavailable
from crossway.model import Consumer
from crossway.policies.ldap import Groups, Ldap

try:
    import bonsai
except ModuleNotFoundError:  # pragma: no cover - the extra is not installed
    bonsai = None

CHALLENGE: Final = (("www-authenticate", 'Basic realm="directory", charset="UTF-8"'),)
REMEMBERED: Final = 10_000
"""How many passwords that were right are remembered. Of more, the one that was asked first is forgotten."""
_NAME: Final = re.compile(r"[A-Za-z0-9._-]{1,128}")


class Directory:
    """The method `ldap`."""

    def __init__(self, roster: Roster, clock: Callable[[], datetime]) -> None:
        self._consumers = Known(roster, _by_name)
        self._clock = clock
        self._right: dict[bytes, tuple[datetime, Sequence[str]]] = {}
        self._key = secrets.token_bytes(32)

    async def __call__(self, request: Request, asked: Asked) -> Verdict:
        """Return who sends *request*, or why it is refused; `Unavailable` if the directory cannot be asked."""
        settings = _settings(asked.settings)
        header = request.value("authorization")
        if header is None and asked.lenient:
            return Passed()
        shown = _shown(header or "")
        groups = await self._groups(shown, settings, asked) if shown is not None else None
        if shown is None or groups is None:
            return Answer.problem(401, "a name and a password that the directory knows are needed", request, CHALLENGE)
        return Passed(((identity.LISTED, _identity(shown[0], groups, self._consumers.of(asked.namespace))),))

    async def _groups(self, shown: tuple[str, str], settings: Ldap, asked: Asked) -> Sequence[str] | None:
        """Return the groups of who that is, asked for or remembered; `None` if the directory does not know them."""
        now = self._clock()
        words = "\0".join((asked.namespace, asked.settings, *shown))
        key = hmac.digest(self._key, words.encode(), hashlib.sha256)
        until, groups = self._right.get(key, (now, ()))
        if now < until:
            return groups
        found = await ask(settings, *shown)
        self._right.pop(key, None)
        if found is not None and settings.cache:
            if len(self._right) >= REMEMBERED:
                del self._right[next(iter(self._right))]
            self._right[key] = now + settings.cache, found
        return found


async def ask(settings: Ldap, username: str, password: str) -> Sequence[str] | None:
    """Return the groups of a user, if *password* is right; else `None`. `Unavailable` if nobody answers."""
    if bonsai is None:
        raise Unavailable("the extra `ldap` is not installed, so no directory can be asked")
    distinguished_name = settings.user_dn.replace("{username}", username)
    client = bonsai.LDAPClient(settings.url, settings.start_tls)
    client.set_credentials("SIMPLE", user=distinguished_name, password=password)
    seconds = settings.timeout.total_seconds()
    try:
        async with client.connect(is_async=True, timeout=seconds) as connection:
            if settings.groups is None:
                return ()
            wanted = _filter(settings.groups, distinguished_name, username)
            names = [settings.groups.attribute]
            scope = bonsai.LDAPSearchScope.SUBTREE
            entries = await connection.search(settings.groups.base, scope, wanted, names, timeout=seconds)
            found = [str(value) for entry in entries for value in entry.get(settings.groups.attribute, ())]
            return tuple(sorted({name for name in found if _NAME.fullmatch(name)}))
    except bonsai.AuthenticationError:
        return None
    except (bonsai.LDAPError, OSError) as error:
        raise Unavailable(f"the directory cannot be asked: {type(error).__name__}") from None


def _filter(groups: Groups, distinguished_name: str, username: str) -> str:
    escaped = bonsai.escape_filter_exp(distinguished_name)
    return groups.filter.replace("{dn}", escaped).replace("{username}", username)


def _shown(header: str) -> tuple[str, str] | None:
    """Return the name and the password in *header*. A name has letters, digits and `._-` alone: nothing to escape.

    An empty password is none: directories take it for somebody who does not want to be known (RFC 4513, 5.1.2).
    """
    scheme, _, value = header.partition(" ")
    if scheme.lower() != "basic":
        return None
    try:
        name, _, password = base64.b64decode(value.strip(), validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        return None
    return (name, password) if _NAME.fullmatch(name) and password and "\0" not in password else None


def _by_name(consumers: Consumers) -> dict[str, Consumer]:
    return {ref.name: consumer for ref, consumer in consumers}


def _identity(name: str, groups: Sequence[str], consumers: dict[str, Consumer]) -> str:
    """Return who that is, in the form that the last filter of the stage reads."""
    known = consumers.get(name, Consumer())
    every = ",".join(dict.fromkeys((*known.groups, *groups)))
    return ";".join([name, every, ",".join(known.tags), known.plan or "", "ldap", ""])


@lru_cache(maxsize=1024)
def _settings(text: str) -> Ldap:
    return Ldap.model_validate_json(text)
