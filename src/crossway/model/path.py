"""Paths and regular expressions, as conditions on a request."""

from __future__ import annotations

import enum
import re
import warnings
from collections.abc import Mapping
from typing import Annotated, Final

from pydantic import BeforeValidator, Field, model_validator

from crossway.model.part import Part

_TEMPLATE_VARIABLE: Final = re.compile(r"\{([a-z_][a-z0-9_]*)\}", re.IGNORECASE)

_LONGEST: Final = 8192
"""The bytes of a path. Templates and rewrites become regular expressions, and RE2 has a bound for these."""


class PathKind(enum.StrEnum):
    """The ways to match a path."""

    EXACT = "exact"
    """`/orders`: this path and no other."""
    PREFIX = "prefix"
    """`/orders/*`: by segment, `/orders` and all below it, never `/ordersx`."""
    STARTS_WITH = "starts_with"
    """`^/orders`: by text, everything that begins so, `/ordersx` too."""
    TEMPLATE = "template"
    """`/users/{id}`: a variable stands for one segment, or for a part of one."""
    REGEX = "regex"
    """`~/v[0-9]+/.*`: the path as a whole matches this regular expression (RE2)."""


class PathMatch(Part):
    """A path: `/orders` is exact, `/orders/*` a prefix, `/users/{id}` a template, `~/v[0-9]+/.*` a regex.

    `^/orders` is everything that begins with this text.
    """

    kind: PathKind
    """How the path is matched."""
    value: str
    """The path. A prefix is written without its `/*`, the prefix of everything is `/`."""

    short_forms = (
        {
            "type": "string",
            "pattern": r"^(\^?/|~\s*\S)",
            "examples": ["/orders", "/orders/*", "^/orders", "/users/{id}", "~/v[0-9]+/.*"],
        },
        *(
            {
                "type": "object",
                "required": [kind],
                "properties": {kind: {"type": "string", "minLength": 1}},
                "additionalProperties": False,
            }
            for kind in PathKind
        ),
    )

    @model_validator(mode="before")
    @classmethod
    def _read(cls, value: object) -> object:
        if isinstance(value, str):
            return cls._from_text(value)
        if isinstance(value, Mapping) and len(value) == 1 and next(iter(value)) in set(PathKind):
            ((kind, text),) = value.items()
            return {"kind": kind, "value": text}
        return value

    @staticmethod
    def _from_text(text: str) -> object:
        if text.startswith("~"):
            return {"kind": PathKind.REGEX, "value": text[1:].strip()}
        if text.startswith("^"):
            return {"kind": PathKind.STARTS_WITH, "value": text[1:]}
        if text.endswith("/*") and "{" not in text:
            return {"kind": PathKind.PREFIX, "value": text[:-2] or "/"}
        if "{" in text:
            return {"kind": PathKind.TEMPLATE, "value": text}
        return {"kind": PathKind.EXACT, "value": text}

    @model_validator(mode="after")
    def _is_path(self) -> PathMatch:
        value = self.value
        if self.kind is PathKind.REGEX:
            check_regex(value)
            return self
        if not value.startswith("/"):
            raise ValueError("a path begins with /")
        if len(value.encode()) > _LONGEST:
            raise ValueError(f"a path is at most {_LONGEST} bytes long")
        if "?" in value or "#" in value:
            raise ValueError("a path has no query and no fragment; match the query under queries")
        if re.search(r"[\x00-\x20\x7f]", value):
            raise ValueError("a path has no spaces and no control characters; write %20 for a space")
        whole = "/" if self.kind is PathKind.STARTS_WITH else "(/|$)"  # ^/. means all that is hidden
        if "//" in value or re.search(rf"/\.{{1,2}}{whole}", value):
            raise ValueError("a path is written in normal form, without //, /./ and /../")
        if "*" in value and self.kind is not PathKind.TEMPLATE:
            raise ValueError("* stands only at the end of a prefix, as in /orders/*; ^/orders is all that begins so")
        if self.kind is PathKind.PREFIX and value != "/" and value.endswith("/"):
            object.__setattr__(self, "value", value.rstrip("/"))
        if self.kind is PathKind.TEMPLATE:
            self._check_template()
        return self

    def _check_template(self) -> None:
        names = _TEMPLATE_VARIABLE.findall(self.value)
        rest = _TEMPLATE_VARIABLE.sub("", self.value)
        if "{" in rest or "}" in rest:
            raise ValueError("a template variable is {name}, with letters, digits and _")
        if len(names) != len(set(names)):
            raise ValueError("each variable of a template has a name of its own")
        if len(names) > 5:
            raise ValueError("a template has at most five variables")
        if "*" in rest and not (self.value.endswith("/*") and rest.count("*") == 1):
            raise ValueError("* stands only at the end of a template, as in /users/{id}/*")

    @property
    def variables(self) -> tuple[str, ...]:
        """The names of the variables of a template: `id` of `/users/{id}`."""
        return tuple(_TEMPLATE_VARIABLE.findall(self.value)) if self.kind is PathKind.TEMPLATE else ()

    @property
    def beginning(self) -> str:
        """The text that every matching path begins with: `/users/` for `/users/{id}`, `/` for a regex."""
        if self.kind is PathKind.REGEX:
            return "/"
        if self.kind is PathKind.TEMPLATE:
            return self.value.removesuffix("/*").partition("{")[0]
        return self.value

    @property
    def literal(self) -> str:
        """What every matching path begins with, in whole segments: `/users` for `/users/{id}`, `/` for a regex."""
        if self.kind in (PathKind.TEMPLATE, PathKind.STARTS_WITH):
            return self.beginning.rpartition("/")[0] or "/"
        return self.beginning

    @property
    def precedence(self) -> tuple[int, int, int]:
        """What is less for a path that is tried earlier. Of a regular expression nobody can say how much it says."""
        if self.kind is PathKind.EXACT:
            return 0, -len(self.value), 0
        if self.kind is PathKind.REGEX:
            return 2, 0, 0
        if self.kind is PathKind.TEMPLATE:
            return 1, -len(self.beginning), -len(_TEMPLATE_VARIABLE.sub("{}", self.value))
        return 1, -len(self.value), int(self.kind is PathKind.STARTS_WITH)

    def __str__(self) -> str:
        if self.kind is PathKind.REGEX:
            return f"~{self.value}"
        if self.kind is PathKind.STARTS_WITH:
            return f"^{self.value}"
        return f"{self.value.rstrip('/')}/*" if self.kind is PathKind.PREFIX else self.value


EVERY_PATH: Final = PathMatch(kind=PathKind.PREFIX, value="/")


_ONLY_RE2: Final = re.compile(r"\\[pP](\{\^?\w+\}|\w)|\[:\^?\w+:\]|\\z")
"""What RE2 knows and Python does not: Unicode classes, POSIX classes, the end of the text."""
_TOKEN: Final = re.compile(r"\\[pP]\{\^?\w+\}|\\.|\[\^?\]?(\\.|\[:\^?\w+:\]|[^\]\\])*\]", re.DOTALL)
"""An escaped character, or a set of characters."""
_NOT_RE2: Final = re.compile(r"\\[1-9Z]|\(\?([=!#(>aLux]|<[=!]|P[=>])|[*+?}]\+")


def check_regex(text: str) -> str:
    """Return *text* if RE2, the engine of the proxy, can be expected to take it; refuse it otherwise.

    RE2 has no look-around and no back references (https://github.com/google/re2/wiki/Syntax).
    """
    if not text:
        raise ValueError("a regular expression is not empty; .* matches everything")
    try:
        _in_python(text)
    except re.error as error:
        raise ValueError(f"not a regular expression: {error}") from None
    plain = _TOKEN.sub(lambda token: token[0] if token[0] == r"\Z" or token[0][1:].isdigit() else "a", text)
    if _NOT_RE2.search(plain):
        raise ValueError("look-around, back references and possessive forms are not in RE2, which the proxy uses")
    if any(int(number) > 1000 for number in re.findall(r"[{,](\d+)(?=[,}])", plain)):
        raise ValueError("RE2, which the proxy uses, repeats at most 1000 times")
    return text


def regex_groups(text: str) -> int:
    """Return how many groups a regular expression has that `check_regex` takes."""
    return _in_python(text).groups


def regex_takes_empty(text: str) -> bool:
    """Return whether a regular expression that `check_regex` takes matches the empty text."""
    return _in_python(text).fullmatch("") is not None


def _in_python(text: str) -> re.Pattern[str]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", FutureWarning)  # of what a later Python may read as a set operation
        return re.compile(_ONLY_RE2.sub(lambda only: r"\Z" if only[0] == r"\z" else "a", text))


Regex = Annotated[
    str, Field(min_length=1), BeforeValidator(lambda text: check_regex(text) if isinstance(text, str) else text)
]
