"""Layouts: how the hosts of a large route table are spread over resources, so that an edit sends little.

Envoy takes a changed route configuration over as a whole, in time that grows with its size. So a table with many hosts
is cut into buckets, each a route configuration of its own, chosen by a scope key that the proxy makes of the host of a
request (scoped routes, SRDS). The key is a total function: it sorts the characters at two positions of the host into
classes, and there is a bucket for each pair of classes. A bucket holds the exact hosts of its class and *all* wildcard
hosts, so whatever the host of a request, the one bucket that is looked into knows everything about it.

Law: a layout is a matter of speed, and a pure function of the hosts. It is the same for hosts that differ little, since
a new one replaces the listener.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache, lru_cache
from itertools import product
from operator import itemgetter
from typing import Final

LARGE_TABLE: Final = 1_000
"""Routes in a table up to which one route configuration is cheaper than buckets."""
MANY_HOSTS: Final = 64
"""Hosts in a table up to which buckets could not be even."""

SCOPE_HEADER: Final = "x-crossway-scope"
"""Carries the scope key inside the proxy. Whatever a client sends under this name is overwritten."""

# Twelve classes of characters each, which cover every character between them: the last one also takes all others.
_PARTITIONS: Final = (
    ("0", "1", "2", "3", "4", "5", "6", "7", "8", "9", "a-m", "n-z"),
    ("0-9", "ab", "cd", "ef", "gh", "ij", "kl", "mn", "op", "q-s", "tu", "v-z"),
    ("0-2", "3-5", "6-8", "9a", "bc", "de", "f-h", "i-l", "m-o", "p-r", "st", "u-z"),
)
# Where in the host the character stands: what comes before it, and what comes after.
_POSITIONS: Final = (
    ("^[^.:]*", "([.:]|$)"),  # the last one of the first label
    ("^[^.:]*", "[^.:]([.:]|$)"),  # the one before it
    ("^", ""),  # the first one of the host
    ("^[^.:]*[.][^.:]*", "([.:]|$)"),  # the last one of the second label
    ("^[^.:]*[.][^.:]*", "[^.:]([.:]|$)"),  # the one before it
    ("^[^.:]*[.]", ""),  # the first one of the second label
)


@dataclass(frozen=True, slots=True)
class Digit:
    """One digit of a scope key: the class of the character at one position of the host."""

    position: int
    partition: int

    @property
    def classes(self) -> tuple[str, ...]:
        """The classes, as insides of a regular expression's brackets."""
        return _PARTITIONS[self.partition]

    def of(self, host: str) -> str:
        """Return the digit for *host*, a letter from ``a`` on."""
        for number, pattern in enumerate(_patterns(self)[:-1]):
            if pattern.search(host):
                return chr(ord("a") + number)
        return chr(ord("a") + len(self.classes) - 1)

    @property
    def expression(self) -> str:
        """The same as `of`, as an expression in CEL over ``request.host``."""
        return _choice(self, 0, len(self.classes))


def _pattern(digit: Digit, classes: Iterable[str]) -> str:
    before, after = _POSITIONS[digit.position]
    return f"(?i){before}[{''.join(classes)}]{after}"


@cache
def _patterns(digit: Digit) -> tuple[re.Pattern[str], ...]:
    return tuple(re.compile(_pattern(digit, [characters])) for characters in digit.classes)


def _choice(digit: Digit, start: int, end: int) -> str:
    """Return a decision among the classes from *start* to before *end*, halving them with each question."""
    if end - start == 1:
        return f"'{chr(ord('a') + start)}'"
    middle = (start + end) // 2
    question = f"request.host.matches('{_pattern(digit, digit.classes[start:middle])}')"
    return f"({question} ? {_choice(digit, start, middle)} : {_choice(digit, middle, end)})"


@dataclass(frozen=True, slots=True)
class Buckets:
    """The layout of a large table: the digits that its scope keys are made of."""

    digits: tuple[Digit, ...]

    def key(self, host: str) -> str:
        """Return the key of the bucket that holds *host*, an exact one."""
        return _key(self.digits, host)

    @property
    def keys(self) -> tuple[str, ...]:
        """Every key there is."""
        letters = [[chr(ord("a") + number) for number in range(len(digit.classes))] for digit in self.digits]
        return tuple("".join(choice) for choice in product(*letters))

    @property
    def format(self) -> str:
        """The key of a request's host, in the substitution format of Envoy."""
        return "".join(f"%CEL({digit.expression})%" for digit in self.digits)


@lru_cache(maxsize=200_000)
def _key(digits: tuple[Digit, ...], host: str) -> str:
    return "".join(digit.of(host) for digit in digits)


def choose(weights: Mapping[str, int]) -> Buckets | None:
    """Return the layout for exact hosts with so many routes each, or `None` where one route configuration is best.

    The first digit is the one that spreads the routes most evenly, the second the one that spreads them most evenly
    together with it. What is gained by less than half counts as nothing, so that one more host changes nothing.
    """
    if sum(weights.values()) <= LARGE_TABLE or len(weights) <= MANY_HOSTS:
        return None
    columns = {
        Digit(position, partition): [Digit(position, partition).of(host) for host in weights]
        for position in range(len(_POSITIONS))
        for partition in range(len(_PARTITIONS))
    }
    digits: tuple[Digit, ...] = ()
    keys = [""] * len(weights)
    for _ in range(2):
        free = [digit for digit in columns if digit.position not in {taken.position for taken in digits}]
        _, best = min(((_fullest(keys, columns[digit], weights.values()), digit) for digit in free), key=itemgetter(0))
        digits = (*digits, best)
        keys = [key + letter for key, letter in zip(keys, columns[best], strict=True)]
    return Buckets(digits)


def _fullest(keys: Iterable[str], letters: Iterable[str], weights: Iterable[int]) -> int:
    """Return how many routes are in the fullest bucket if *letters* are added to *keys*, to the power of two."""
    loads: defaultdict[tuple[str, str], int] = defaultdict(int)
    for bucket, weight in zip(zip(keys, letters, strict=True), weights, strict=True):
        loads[bucket] += weight
    return max(loads.values()).bit_length()
