"""The settings of the web application firewall: which rules, what they mean for a request, and what is left out."""

from __future__ import annotations

import enum
from typing import Annotated, Final

from pydantic import AfterValidator, BeforeValidator, Field, StrictBool, model_validator

from crossway.model.part import Part, Spec, told
from crossway.model.values import Size

LARGEST: Final = 16 * 2**20
"""The most of one body that is held for inspection, in bytes."""

_OF_CORE_RULES: Final = (
    "paranoia",
    "inbound_threshold",
    "outbound_threshold",
    "methods",
    "content_types",
    "rules_directory",
)


class Level(enum.StrEnum):
    """Which rules hold."""

    BASIC = "basic"
    """SQL injection and cross-site scripting, recognised by libinjection."""
    CRS = "crs"
    """The OWASP Core Rule Set."""


class Mode(enum.StrEnum):
    """What becomes of a request that rules match."""

    BLOCK = "block"
    """It is answered 403."""
    DETECT = "detect"
    """It goes on; the log tells of it, and of bodies that cannot be inspected."""


class Beyond(enum.StrEnum):
    """What becomes of a request whose body is too large to be inspected."""

    REJECT = "reject"
    """It is answered 413."""
    PASS = "pass"
    """It goes on; of it, only the head was inspected."""


RuleId = Annotated[int, Field(ge=1, le=2**31 - 1)]
RuleRange = Annotated[str, Field(pattern=r"^[0-9]{1,10}-[0-9]{1,10}$")]
Tag = Annotated[str, Field(pattern=r"^[A-Za-z0-9_./-]{1,100}$")]
Parameter = Annotated[str, Field(pattern=r"^[A-Za-z0-9_.\[\]-]{1,100}$")]
Token = Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{1,100}$")]
MediaType = Annotated[str, Field(pattern=r"^[a-z0-9.+-]+/[a-z0-9.+-]+$", max_length=100)]


class Exclusion(Part):
    """Something that rules leave alone: whole rules, or what they would look at, or both together."""

    rules: tuple[RuleId | RuleRange, ...] = ()
    """The rules: `942100`, or `942100-942199` for all in between. All rules if neither these nor `tags` are given."""
    tags: tuple[Tag, ...] = ()
    """The rules with one of these tags, such as `attack-sqli`."""
    parameters: tuple[Parameter, ...] = ()
    """Parameters of the query, of a form or of JSON that these rules do not look at. One of JSON is named by the way to
    it, `user.note`. Without any of `parameters`, `headers` and `cookies`, the rules are off."""
    headers: tuple[Token, ...] = ()
    """Headers that they do not look at."""
    cookies: tuple[Token, ...] = ()
    """Cookies that they do not look at."""

    @property
    def targets(self) -> tuple[str, ...]:
        """What is left alone, as rules call it."""
        found = [f"ARGS:{name}" for one in self.parameters for name in (one, f"json.{one}")]
        found += [f"REQUEST_HEADERS:{name}" for name in self.headers]
        found += [f"REQUEST_COOKIES:{name}" for name in self.cookies]
        return tuple(found)

    @model_validator(mode="after")
    def _something(self) -> Exclusion:
        if not (self.rules or self.tags or self.targets):
            raise told("this excludes nothing", expected="rules, tags, parameters, headers or cookies")
        for one in self.rules:
            if isinstance(one, str):
                first, _, last = one.partition("-")
                if int(first) > int(last):
                    raise told(f"{one} is no range", expected="the lower number first")
        if self.targets and any(isinstance(one, str) for one in self.rules):
            raise told(
                "a range of rules can be excluded as a whole, and not for some parameters",
                expected="each rule by its number, or their tag",
            )
        return self


def _directory(path: str) -> str:
    if not path.startswith("/") or ".." in path.split("/"):
        raise ValueError("write the whole path of a directory, such as /usr/share/modsecurity-crs/rules")
    return path.rstrip("/")


class Waf(Spec):
    """Look at requests, and refuse attacks. In one line, the level: `waf: basic` or `waf: crs`.

    It stands before everything else that Python does on the route, and behind the policies that the proxy has itself,
    such as authentication and limits. Bodies are held until they were inspected: forms, JSON, XML and text as a whole,
    with their compression taken off; of a gRPC call and of a WebSocket, only the head is inspected.

    A refused request gets 403 and `waf.blocked`, and one whose body is not what it says it is gets 400 and
    `waf.malformed`. The log of the proxy names the rules, their tags and the parameter, and never a value. Rules that
    cannot be loaded close the route: nothing passes uninspected.
    """

    level: Level = Level.BASIC
    """The rules: `basic` for SQL injection and cross-site scripting, at a low cost, or `crs` for the OWASP Core Rule
    Set, which costs a millisecond and more for each request with a body. They come from the system's package
    `modsecurity-crs`, on the machine of the control plane and of each proxy."""
    mode: Mode = Mode.BLOCK
    """What becomes of a request that they match: `block` refuses it, `detect` only says so in the log. Begin with
    `detect` where a service has users already."""
    paranoia: Annotated[int, Field(ge=1, le=4)] = 1
    """How much the core rules suspect. The default of 1 hardly ever refuses what is good; each level above finds more,
    and needs more exclusions."""
    inbound_threshold: Annotated[int, Field(ge=1, le=1000)] = 5
    """The score from which on a request is refused. A critical match of a core rule counts 5, an error 4, a warning 3,
    a notice 2. By default one critical match is enough."""
    outbound_threshold: Annotated[int, Field(ge=1, le=1000)] = 4
    """The same for an answer. By default one error is enough."""
    methods: Annotated[tuple[Token, ...], Field(min_length=1)] = (
        "GET",
        "HEAD",
        "POST",
        "OPTIONS",
        "PUT",
        "PATCH",
        "DELETE",
    )
    """The methods that the core rules do not count as an attack. By default those that APIs use."""
    content_types: tuple[MediaType, ...] = ()
    """Media types of bodies that the core rules do not count as an attack, beside forms, JSON, XML and text."""
    exclude: Annotated[
        tuple[Exclusion, ...],
        BeforeValidator(
            lambda value: [value] if isinstance(value, dict) else value,
            json_schema_input_type=Exclusion | tuple[Exclusion, ...],
        ),
    ] = ()
    """What is left alone, for good requests that rules match: `{rules: [942100], parameters: [note]}`."""
    rules: Annotated[str, Field(max_length=65_536)] = ""
    """Rules of your own, in SecLang, which run before the core rules: `SecRule`, `SecAction`, `SecMarker`, and those
    that change other rules. They cannot read files, call other machines, or start programs. Give each an id below
    100000."""
    rules_directory: Annotated[
        str | None, AfterValidator(lambda path: path and _directory(path)), Field(pattern=r"^/[A-Za-z0-9_./+-]*$")
    ] = None
    """The directory with the files of the core rules, `REQUEST-901-INITIALIZATION.conf` and the others of version 3.3
    or newer, on the machine of the control plane and of each proxy. By default where the system's packages put them."""
    max_body: Annotated[Size, Field(ge=1, le=LARGEST)] = 128 * 2**10
    """The size up to which the body of a request is inspected, 16 MiB at most. It is held in memory until then; the
    default of 128 KiB is far more than most calls of an API have."""
    beyond: Beyond = Beyond.REJECT
    """What becomes of a request with a larger body: `reject` answers 413, as soon as that is known; `pass` lets it
    through with nothing inspected but its head, for uploads. By default nothing passes uninspected."""
    responses: StrictBool = False
    """Inspect answers too, for what should not get out: the core rules know error messages of databases and programs.
    Answers of text, JSON and XML are then held until they were inspected. A refused one is a 502. Off by default, since
    answers are larger than requests."""
    max_response: Annotated[Size, Field(ge=1, le=LARGEST)] = 512 * 2**10
    """The size up to which an answer is inspected, 16 MiB at most; a larger one passes as it comes."""

    short_forms = ("level",)

    @model_validator(mode="before")
    @classmethod
    def _read(cls, value: object) -> object:
        return {"level": value} if isinstance(value, str) else value

    @model_validator(mode="after")
    def _fits(self) -> Waf:
        if self.level is Level.BASIC:
            for name in _OF_CORE_RULES:
                if name in self.model_fields_set:
                    raise told(f"`{name}` is a setting of the core rules", expected="`level: crs` beside it")
        return self


class Inspection(Part):
    """What the runtime does: the settings of the step `waf`."""

    rules: str
    """All rules, in SecLang."""
    shown: int = 0
    """How many bytes of a body the proxy shows it, so that it is asked; 0 where it stands around the call."""
    screened: bool = False
    """Whether these are the basic rules and nothing else, so that what libinjection finds nothing in need not be shown
    to them."""
    heavy: bool = False
    """Whether the rules are many, so that they run in a thread."""
    mode: Mode = Mode.BLOCK
    max_body: int
    beyond: Beyond = Beyond.REJECT
    responses: bool = False
    max_response: int = 0
