"""libmodsecurity, by its C interface: rules in SecLang, and what they find in requests and answers.

The package `libmodsecurity` brings the library. Its own classes hold the interpreter's lock while rules run, and a
request under all core rules takes a millisecond: so the functions of the library are called by themselves here, the
long ones without the lock. The compiler loads rules to see whether they can be, and the runtime to run them.

Law: rules that cannot be loaded raise. The library only returns a number for them, and then finds nothing in anything.
"""

from __future__ import annotations

import ctypes
import re
from collections.abc import Iterable
from ctypes import POINTER, byref, c_char_p, c_int, c_size_t, c_void_p
from functools import cache
from importlib.metadata import files
from itertools import count
from typing import Final, NamedTuple

from crossway.errors import UserError

SEVERITIES: Final = ("", "alert", "critical", "error", "warning", "notice", "info", "debug")
"""The names of severities, by their numbers. The first is also what rules have that say none."""

_LONGEST_TARGET: Final = 80
_FIELDS: Final = re.compile(rb'\[(id|severity|tag|data|hostname) "([^"]*)"\]')
_TARGET: Final = re.compile(rb"(?:against variable `|found within )([A-Z_]+)(?::([\w.\[\]\-]{1,64})(?=[':]))?")
_VALUES: Final = frozenset({"ARGS_NAMES", "ARGS_GET_NAMES", "ARGS_POST_NAMES", "REQUEST_COOKIES_NAMES", "TX"})
"""Collections whose members are told by what the client wrote, or by scores."""


class RulesError(UserError):
    """Rules that the library cannot load."""


class Match(NamedTuple):
    """A rule that has found something. What it has found is not in it."""

    rule: int
    severity: str = ""
    target: str = ""
    """Where it was found: `ARGS:name`."""
    tags: tuple[str, ...] = ()


class Verdict(NamedTuple):
    """What the rules say of a message."""

    status: int
    """The status that they answer with; 0 if they let it pass."""
    matches: tuple[Match, ...]


class _Intervention(ctypes.Structure):
    _fields_ = (
        ("status", c_int),
        ("pause", c_int),
        ("url", c_void_p),
        ("log", c_void_p),
        ("disruptive", c_int),
    )


_Callback = ctypes.CFUNCTYPE(None, c_void_p, c_char_p)
_said: Final[dict[int, list[bytes]]] = {}
"""What the library has said of each transaction under way."""
_numbers: Final = count(1)


def _say(number: int, text: bytes) -> None:
    _said[number].append(text)


def _hush(_: int, __: bytes) -> None:
    """Say nothing of XML that cannot be read: it would be quoted on stderr."""


_saying: Final = _Callback(_say)
_hushing: Final = _Callback(_hush)


class _Library:
    """The functions of the library. Those of `long` let other threads run meanwhile."""

    def __init__(self) -> None:
        path = _path("libmodsecurity")
        self.quick, self.long = ctypes.PyDLL(path), ctypes.CDLL(path)
        for library in (self.quick, self.long):
            for name, (returns, *takes) in _SIGNATURES.items():
                function = getattr(library, name)
                function.restype, function.argtypes = returns, takes
        self.engine = self.quick.msc_init()
        self.quick.msc_set_log_cb(self.engine, ctypes.cast(_saying, c_void_p))
        self.xml = ctypes.PyDLL(_path("libxml2"))
        self.xml.xmlThrDefSetGenericErrorFunc(None, _hushing)
        self.xml.xmlSetGenericErrorFunc(None, _hushing)


_SIGNATURES: Final[dict[str, tuple[type | None, ...]]] = {
    "msc_init": (c_void_p,),
    "msc_set_log_cb": (None, c_void_p, c_void_p),
    "msc_create_rules_set": (c_void_p,),
    "msc_rules_add": (c_int, c_void_p, c_char_p, POINTER(c_char_p)),
    "msc_rules_error_cleanup": (None, c_char_p),
    "msc_rules_cleanup": (c_int, c_void_p),
    "msc_new_transaction": (c_void_p, c_void_p, c_void_p, c_void_p),
    "msc_process_connection": (c_int, c_void_p, c_char_p, c_int, c_char_p, c_int),
    "msc_process_uri": (c_int, c_void_p, c_char_p, c_char_p, c_char_p),
    "msc_add_n_request_header": (c_int, c_void_p, c_char_p, c_size_t, c_char_p, c_size_t),
    "msc_process_request_headers": (c_int, c_void_p),
    "msc_append_request_body": (c_int, c_void_p, c_char_p, c_size_t),
    "msc_process_request_body": (c_int, c_void_p),
    "msc_add_n_response_header": (c_int, c_void_p, c_char_p, c_size_t, c_char_p, c_size_t),
    "msc_process_response_headers": (c_int, c_void_p, c_int, c_char_p),
    "msc_append_response_body": (c_int, c_void_p, c_char_p, c_size_t),
    "msc_process_response_body": (c_int, c_void_p),
    "msc_intervention": (c_int, c_void_p, POINTER(_Intervention)),
    "msc_intervention_cleanup": (None, POINTER(_Intervention)),
    "msc_transaction_cleanup": (None, c_void_p),
    "libinjection_sqli": (c_int, c_char_p, c_size_t, c_char_p),
    "libinjection_xss": (c_int, c_char_p, c_size_t),
    "pcre2_compile_8": (c_void_p, c_char_p, c_size_t, ctypes.c_uint32, POINTER(c_int), POINTER(c_size_t), c_void_p),
    "pcre2_code_free_8": (None, c_void_p),
}


def _path(name: str) -> str:
    """Return where the wheel has put the shared library *name*."""
    for file in files("libmodsecurity") or ():
        if file.name.startswith(f"{name}-") and ".so" in file.name:
            return str(file.locate())
    raise RulesError(f"the package libmodsecurity has no {name} for this machine")


_library: Final = cache(_Library)


class Rules:
    """Rules that are loaded, for any number of threads."""

    def __init__(self, text: str) -> None:
        """Load *text*, in SecLang; `RulesError` if that cannot be done."""
        library = _library()
        self._free = library.quick.msc_rules_cleanup
        self.pointer = library.quick.msc_create_rules_set()
        problem = c_char_p()
        if library.long.msc_rules_add(self.pointer, text.encode(), byref(problem)) < 0:
            raise RulesError((problem.value or b"they cannot be read").decode(errors="replace").strip())

    def __del__(self) -> None:
        if hasattr(self, "pointer"):
            self._free(self.pointer)


class Transaction:
    """One request and its answer under rules, told in this order."""

    def __init__(self, rules: Rules, client: str, *, long: bool) -> None:
        """Begin for a *client* with this address. Rules that run *long* let other threads run meanwhile."""
        self._library = _library()
        self._quick = self._library.quick
        self._run = self._library.long if long else self._library.quick
        self._rules = rules  # which have to stay as long as this
        self._number = next(_numbers)
        _said[self._number] = []
        self._pointer = self._quick.msc_new_transaction(self._library.engine, rules.pointer, self._number)
        self._quick.msc_process_connection(self._pointer, client.encode(), 0, b"127.0.0.1", 0)

    def request(self, method: str, target: str, headers: Iterable[tuple[str, str]], body: bytes) -> Verdict:
        """Return what the rules say of a request."""
        quick, pointer = self._quick, self._pointer
        quick.msc_process_uri(pointer, target.encode("latin-1"), method.encode("latin-1"), b"1.1")
        for name, value in headers:
            key, text = name.encode("latin-1"), value.encode("latin-1")
            quick.msc_add_n_request_header(pointer, key, len(key), text, len(text))
        self._run.msc_process_request_headers(pointer)
        if body:
            quick.msc_append_request_body(pointer, body, len(body))
        self._run.msc_process_request_body(pointer)
        return self._verdict()

    def response(self, status: int, headers: Iterable[tuple[str, str]], body: bytes) -> Verdict:
        """Return what the rules say of the answer."""
        quick, pointer = self._quick, self._pointer
        for name, value in headers:
            key, text = name.encode("latin-1"), value.encode("latin-1", "replace")
            quick.msc_add_n_response_header(pointer, key, len(key), text, len(text))
        self._run.msc_process_response_headers(pointer, status, b"HTTP/1.1")
        if body:
            quick.msc_append_response_body(pointer, body, len(body))
        self._run.msc_process_response_body(pointer)
        return self._verdict()

    def _verdict(self) -> Verdict:
        found, status = _Intervention(), 0
        if self._quick.msc_intervention(self._pointer, byref(found)):
            if found.disruptive:
                status = found.status
            if found.log:
                _said[self._number].append(ctypes.string_at(found.log))
            self._quick.msc_intervention_cleanup(byref(found))
        said, _said[self._number] = _said[self._number], []
        return Verdict(status, tuple(dict.fromkeys(map(match, said))) if said else ())

    def __del__(self) -> None:
        self._quick.msc_transaction_cleanup(self._pointer)
        del _said[self._number]


def match(text: bytes) -> Match:
    """Return what *text*, a line that the library writes, says of a match, and nothing that the client has sent."""
    rule, severity, tags, within = 0, "", [], b""
    for name, value in _FIELDS.findall(text):
        if name == b"id" and not rule:
            rule = int(value)
        elif name == b"data":
            within = value
        elif name == b"severity":
            severity = SEVERITIES[int(value) % len(SEVERITIES)] if value.isdigit() else ""
        elif name == b"tag":
            tags.append(value.decode(errors="replace"))
        elif name == b"hostname":
            break  # what follows is the client's
    place = _TARGET.search(text.partition(b" [file ")[0]) or _TARGET.search(within + b" ")
    target = ""
    if place is not None:
        target = place[1].decode()
        if place[2] and target not in _VALUES:
            target = f"{target}:{place[2].decode(errors='replace')}"[:_LONGEST_TARGET]
    return Match(rule, severity, target, tuple(tags))


def is_injection(text: bytes) -> bool:
    """Return whether libinjection takes *text* for a piece of SQL or of HTML that somebody smuggles in."""
    quick = _library().quick
    return bool(
        quick.libinjection_sqli(text, len(text), _fingerprint) or quick.libinjection_xss(text, len(text)),
    )


_fingerprint: Final = ctypes.create_string_buffer(16)
"""Where libinjection writes what it has recognised. Nobody reads it."""


def misfit(pattern: str) -> int | None:
    """Return the character at which a regular expression goes wrong (PCRE2); `None` if it is right.

    The library itself says nothing of one that is wrong, and never matches it.
    """
    quick = _library().quick
    text, number, offset = pattern.encode(), c_int(), c_size_t()
    compiled = quick.pcre2_compile_8(text, len(text), 0, byref(number), byref(offset), None)
    if compiled is None:
        return len(text[: offset.value].decode(errors="replace"))
    quick.pcre2_code_free_8(compiled)
    return None
