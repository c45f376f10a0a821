"""Rules of an AuthorizationPolicy, in the words of the policy `authorize`.

A rule of Istio is a conjunction of alternatives: any of its sources, any of its operations, all of its conditions. A
rule of the model is a conjunction of conditions with exceptions, so that one of Istio becomes one for each combination
of alternatives that no condition can say at once.

Law: what cannot be said opens nothing. A rule that allows is left out; of one that denies, what cannot be said, so
that it denies more.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import product
from typing import Final

from crossway.dialects.istio.authorization_policy import Condition, Operation, PolicyRule, PolicySource

Conditions = dict[str, object]
"""Conditions on a request, all of which must hold, as the model writes them."""

EVERYTHING: Final[Conditions] = {"paths": ["/*"]}

_CLAIM: Final = re.compile(r"request\.auth\.claims((?:\[[^\]]+\])+)")
_HEADER: Final = re.compile(r"request\.headers\[([^\]]+)\]")
_TEMPLATE: Final = re.compile(r"(\{\*\*?\})")
_IDENTITY: Final = "connection.uri_san_peer_certificate"


class _Part:
    """One thing that must hold: any of *alternatives*, and none of *exceptions*."""

    def __init__(self, alternatives: Iterable[Conditions], exceptions: Iterable[Conditions] = ()) -> None:
        self.alternatives = list(alternatives)
        self.exceptions = list(exceptions)


def native_rules(rule: PolicyRule, issuers: Sequence[str], *, denies: bool) -> tuple[list[Conditions], list[str]]:
    """Return what *rule* is in the model, for the tokens of these *issuers*, and what of it cannot be said."""
    said: list[Conditions] = []
    wrong: dict[str, None] = {}
    froms: Sequence[PolicySource] = [item.source for item in rule.from_] or [PolicySource()]
    tos: Sequence[Operation] = [item.operation for item in rule.to] or [Operation()]
    for source, operation in product(froms, tos):
        parts: list[_Part] = []
        complete = True
        for make in (*_source(source, issuers), *_operation(operation), *_conditions(rule.when, issuers)):
            try:
                parts.append(make())
            except ValueError as error:
                wrong[str(error)] = None
                complete = False
        if denies or complete:
            said.extend(_combined(parts, wrong, denies=denies))
    return said, list(wrong)


def _combined(parts: Sequence[_Part], wrong: dict[str, None], *, denies: bool) -> Iterator[Conditions]:
    """Yield a rule for each combination of alternatives."""
    exceptions = [exception for part in parts for exception in part.exceptions]
    for choice in product(*(part.alternatives for part in parts)):
        rule: Conditions = {}
        for conditions in choice:
            for name, value in conditions.items():
                try:
                    rule[name] = _both(name, rule[name], value) if name in rule else value
                except ValueError as error:
                    wrong[str(error)] = None
                    if not denies:
                        return
        if [] in rule.values():
            continue  # it never holds
        rule = rule or dict(EVERYTHING)
        if exceptions:
            rule["unless"] = exceptions[0] if len(exceptions) == 1 else exceptions
        yield rule


def _both(name: str, one: object, other: object) -> object:
    """Return what holds where two conditions of one name do; `ValueError` where the model has no way to say it."""
    if one == other:
        return one
    if name == "cel":
        return f"({one}) && ({other})"
    if isinstance(one, Mapping) and isinstance(other, Mapping) and not one.keys() & other.keys():
        return {**one, **other}
    if isinstance(one, list) and isinstance(other, list) and name in ("methods", "ports"):
        return [item for item in one if item in other]
    raise ValueError(f"two conditions on {name} at once cannot be said in one rule")


Make = Callable[[], _Part]


def _source(source: PolicySource, issuers: Sequence[str]) -> Iterator[Make]:
    yield from _texts(source.principals, source.not_principals, _principals)
    yield from _texts(source.namespaces, source.not_namespaces, _namespaces)
    yield from _texts(source.service_accounts, source.not_service_accounts, _service_accounts)
    yield from _texts(
        source.request_principals, source.not_request_principals, lambda texts: _request_principals(texts, issuers)
    )
    yield from _texts(source.ip_blocks, source.not_ip_blocks, _client_ips)
    yield from _texts(source.remote_ip_blocks, source.not_remote_ip_blocks, _client_ips)


def _operation(operation: Operation) -> Iterator[Make]:
    yield from _texts(operation.hosts, operation.not_hosts, _hosts)
    yield from _texts(operation.methods, operation.not_methods, _methods)
    yield from _texts(operation.paths, operation.not_paths, _paths)
    yield from _texts(tuple(map(str, operation.ports)), tuple(map(str, operation.not_ports)), _ports)


def _conditions(when: Iterable[Condition], issuers: Sequence[str]) -> Iterator[Make]:
    for condition in when:
        yield from _texts(condition.values, condition.not_values, _attribute(condition.key, issuers))


Say = Callable[[Sequence[str]], list[Conditions]]
"""Returns alternatives that stand for any of some texts; `ValueError` says what cannot be said."""


def _texts(wanted: Sequence[str], unwanted: Sequence[str], say: Say) -> Iterator[Make]:
    if wanted:
        yield lambda: _Part(say(wanted))
    if unwanted:
        yield lambda: _Part([{}], [item or EVERYTHING for item in say(unwanted)])


def _attribute(key: str, issuers: Sequence[str]) -> Say:
    """Return how values of the attribute *key* are said.

    https://istio.io/latest/docs/reference/config/security/conditions/
    """
    known: Mapping[str, Say] = {
        "source.ip": _client_ips,
        "remote.ip": _client_ips,
        "source.namespace": _namespaces,
        "source.principal": _principals,
        "source.serviceAccount": _service_accounts,
        "request.auth.principal": lambda texts: _request_principals(texts, issuers),
        "request.auth.audiences": lambda texts: [{"claims": {"aud": _values(texts)}}],
        "request.auth.presenter": lambda texts: [{"claims": {"azp": _values(texts)}}],
        "destination.port": _ports,
        "connection.sni": _server_names,
    }
    if key in known:
        return known[key]
    if header := _HEADER.fullmatch(key):
        return lambda texts: [{"headers": {header[1].lower(): _values(texts)}}]
    if claim := _CLAIM.fullmatch(key):
        names = claim[1][1:-1].split("][")
        one_name = len(names) == 1 and ("." not in names[0] or set(":/") & set(names[0]))
        if one_name or not any(set(".:/") & set(name) for name in names):
            return lambda texts: [{"claims": {".".join(names): _values(texts)}}]

    def unknown(_: Sequence[str]) -> list[Conditions]:
        raise ValueError(f"{key} is nothing that a rule can ask for")

    return unknown


def _values(texts: Sequence[str]) -> object:
    """Return conditions on a text, any of which will do: ``a``, ``a*``, ``*a``, or ``*`` for any text."""
    found: list[object] = []
    for text in texts:
        if text == "*":
            found.append({"present": True})
        elif text.endswith("*"):
            found.append({"prefix": text[:-1]})
        elif text.startswith("*"):
            found.append({"suffix": text[1:]})
        else:
            found.append(text)
    return found[0] if len(found) == 1 else found


def _cel(name: str, text: str) -> str:
    """Return an expression that is true where *name* is as *text* says."""
    if text == "*":
        return f'{name} != ""'
    if text.endswith("*"):
        return f"{name}.startsWith({json.dumps(text[:-1])})"
    if text.startswith("*"):
        return f"{name}.endsWith({json.dumps(text[1:])})"
    return f"{name} == {json.dumps(text)}"


def _any(texts: Iterable[str], say: Callable[[str], str]) -> str:
    return " || ".join(map(say, texts))


def _identity(texts: Iterable[str], say: Callable[[str], str]) -> list[Conditions]:
    """Return a condition on the name in the certificate of a client; there is none without a certificate."""
    either = _any(texts, say)
    return [{"cel": f"connection.mtls && ({either})"}]


def _principals(texts: Sequence[str]) -> list[Conditions]:
    if "*" in texts:
        return [{"cel": "connection.mtls"}]
    return _identity(texts, lambda text: _cel(_IDENTITY, text if text.startswith("*") else f"spiffe://{text}"))


def _namespaces(texts: Sequence[str]) -> list[Conditions]:
    return _identity(texts, lambda text: _matches(f"/ns/{_pattern(text)}/"))


def _service_accounts(texts: Sequence[str]) -> list[Conditions]:
    def say(text: str) -> str:
        namespace, slash, account = text.rpartition("/")
        if not slash:
            raise ValueError(f"the service account {text} is written NAMESPACE/NAME")
        return _matches(f"/ns/{_pattern(namespace)}/sa/{_pattern(account)}$")

    return _identity(texts, say)


def _pattern(text: str) -> str:
    return "[^/]*".join(map(re.escape, text.split("*")))


def _matches(pattern: str) -> str:
    return f"{_IDENTITY}.matches({json.dumps(pattern)})"


def _client_ips(texts: Sequence[str]) -> list[Conditions]:
    return [{"client_ips": list(texts)}]


def _server_names(texts: Sequence[str]) -> list[Conditions]:
    return [{"cel": _any(texts, lambda text: _cel("connection.requested_server_name", text))}]


def _ports(texts: Sequence[str]) -> list[Conditions]:
    if wrong := [text for text in texts if not text.isdigit()]:
        raise ValueError(f"{wrong[0]} is no port")
    return [{"ports": [int(text) for text in texts]}]


def _methods(texts: Sequence[str]) -> list[Conditions]:
    if "*" in texts:
        return [{}]
    if any("*" in text for text in texts):
        return [{"cel": _any(texts, lambda text: _cel("request.method", text))}]
    return [{"methods": list(texts)}]


def _hosts(texts: Sequence[str]) -> list[Conditions]:
    """Return conditions on the host, which is the same with a port behind it."""
    names = dict.fromkeys(text.removesuffix(":*").lower() for text in texts)
    if "*" in names:
        return [{}]
    plain = [name for name in names if "*" not in name.removeprefix("*.") and ":" not in name]
    others = [name for name in names if name not in plain]
    found: list[Conditions] = [{"hostnames": plain}] if plain else []
    return [*found, {"headers": {"host": _values(others)}}] if others else found


def _paths(texts: Sequence[str]) -> list[Conditions]:
    if "*" in texts:
        return [{}]
    return [{"paths": [_path(text) for text in texts]}]


def _path(text: str) -> object:
    if _TEMPLATE.search(text):
        patterns = {"{*}": "[^/]+", "{**}": ".*"}
        return "~" + "".join(patterns.get(piece, re.escape(piece)) for piece in _TEMPLATE.split(text))
    if text.startswith("*"):
        return f"~.*{re.escape(text[1:])}"
    if not text.startswith("/"):
        raise ValueError(f"{text} is no path; one begins with /, or with * for any beginning")
    if text.endswith("*"):
        return f"^{text[:-1]}" if text != "/*" else "/*"
    return {"exact": text} if set("{*") & set(text) else text


def _request_principals(texts: Sequence[str], issuers: Sequence[str]) -> list[Conditions]:
    """Return conditions on the claims ``iss`` and ``sub``, which stand in one text with a slash between them."""
    if "*" in texts:
        return [{"claims": {"iss": {"present": True}, "sub": {"present": True}}}]
    return [
        {"claims": {"iss": issuer, "sub": subject}}
        for text in texts
        for issuer in issuers
        for subject in _subjects(text, issuer)
    ]


def _subjects(text: str, issuer: str) -> Iterator[object]:
    """Yield which subjects of *issuer* make a principal that is as *text* says."""
    before = f"{issuer}/"
    if text.startswith("*"):
        ending = text[1:]
        yield {"suffix": ending}
        for at, letter in enumerate(ending):
            if letter == "/" and issuer.endswith(ending[:at]) and ending[at + 1 :]:
                yield ending[at + 1 :]
    elif text.endswith("*"):
        beginning = text[:-1]
        if before.startswith(beginning):
            yield {"present": True}
        elif beginning.startswith(before):
            yield {"prefix": beginning.removeprefix(before)}
    elif text.startswith(before) and text != before:
        yield text.removeprefix(before)
