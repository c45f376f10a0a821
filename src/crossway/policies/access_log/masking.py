"""Masking: what a log says in place of credentials.

Law: a credential never reaches the formatter. A filter notes down, when a request comes in, what may be said of it, and
the log says the note: a header that carries a credential as `[redacted]`, a URL with the values of its secret
parameters replaced. Without masked values to say, there is no such filter, and it costs nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Final

from crossway.compile.variables import CREDENTIALS, FIELDS, Variable, first_of
from crossway.model import REDACTED
from crossway.protos.envoy.extensions.filters.http.header_to_metadata import v3 as header_to_metadata_v3
from crossway.protos.envoy.type.matcher import v3 as matcher_v3

_NOTES: Final = "crossway.access_log"
"""The namespace of the notes among the dynamic metadata."""
_URLS: Final = frozenset({"location", "referer"})
"""Headers whose values are URLs, which have parameters."""

Config = header_to_metadata_v3.Config


def masked_names(more: Iterable[str]) -> frozenset[str]:
    """Return the headers and query parameters, in lower case, whose values are in no log."""
    return frozenset(CREDENTIALS) | {name.lower() for name in more}


def mask(variables: Mapping[str, Variable], secret: frozenset[str], *, query: bool) -> tuple[dict[str, str], Config]:
    """Return what the formatter writes for each of *variables*, and the filter that takes the notes it needs.

    With *query*, a path has its query. The filter has no rules if nothing needs a note.
    """
    config = Config()
    commands: dict[str, str] = {}
    for key, item in variables.items():
        command = item.command
        if item.text == "path" and query:
            _note(config.request_rules.add(header=":path"), item.text, secret)
            command = _noted_or_bare_path()
        elif item.kind.endswith(".headers") and item.name in secret | _URLS:
            rules = config.request_rules if item.kind == "request.headers" else config.response_rules
            _note(rules.add(header=item.name), item.text, secret if item.name not in secret else None)
            command = f"%DYNAMIC_METADATA({_NOTES}:{item.text})%"
        commands[key] = command
    return commands, config


def _note(rule: Config.Rule, key: str, parameters: frozenset[str] | None) -> None:
    """Note under *key* the value without those of its secret *parameters*; without those, that there is one."""
    note = rule.on_header_present
    note.metadata_namespace, note.key = _NOTES, key
    if parameters is None:
        note.value = REDACTED
        return
    names = "|".join(re.escape(name) for name in sorted(parameters))
    note.regex_value_rewrite.CopyFrom(
        matcher_v3.RegexMatchAndSubstitute(
            pattern=matcher_v3.RegexMatcher(regex=f"(?i)([?&#](?:{names})=)[^&#]*"), substitution=rf"\1{REDACTED}"
        )
    )


def _noted_or_bare_path() -> str:
    """Return the path as noted; without its query where there is no note, as on a request that was refused early."""
    return first_of(f"%DYNAMIC_METADATA({_NOTES}:path)%", FIELDS["path"])
