"""Bot filter: programs are kept out, or let in, by what they say they are.

The user agent is a word of the client's, so this keeps out only programs that say who they are. That is most of them,
and it takes their load off; whoever means harm says something else.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Annotated, Final

from pydantic import Field, model_validator

from crossway.compile.contract import ROUTE_TARGETS, Fragment, Policy, Site, Stage, Target
from crossway.model import Part, Regex, Spec
from crossway.policies.bot_filter.groups import WORDS, Group
from crossway.protos.envoy.config.rbac import v3 as rbac_v3
from crossway.protos.envoy.config.route import v3 as route_v3
from crossway.protos.envoy.extensions.filters.http.rbac import v3 as http_rbac_v3
from crossway.protos.envoy.type.matcher import v3 as matcher_v3

_USER_AGENT: Final = "user-agent"


class Agent(Part):
    """Programs, by their user agent. In one line, a text that it contains."""

    contains: Annotated[str, Field(pattern=r"^[^\x00-\x1f\x7f]+$", max_length=256)] | None = None
    """This is in the user agent; upper and lower case are the same."""
    regex: Regex | None = None
    """The whole user agent matches this regular expression (RE2)."""
    group: Group | None = None
    """It is one of the programs of a built-in group, such as `scanners`."""

    short_forms = ("contains",)

    @model_validator(mode="before")
    @classmethod
    def _read(cls, value: object) -> object:
        return {"contains": value} if isinstance(value, str) else value

    @model_validator(mode="after")
    def _one(self) -> Agent:
        if sum(value is not None for value in (self.contains, self.regex, self.group)) != 1:
            raise ValueError("write one of contains, regex, group")
        return self

    def __str__(self) -> str:
        if self.group is not None:
            return f"{{group: {self.group}}}"
        return f"{{regex: {self.regex}}}" if self.contains is None else self.contains

    @property
    def words(self) -> tuple[str, ...]:
        """The texts in lower case of which a user agent contains one; none for a regular expression."""
        if self.group is not None:
            return WORDS[self.group]
        return () if self.contains is None else (self.contains.lower(),)


_DEFAULT: Final = (Agent(group=Group.SCANNERS), Agent(group=Group.SCRAPERS))


class BotFilter(Spec):
    """Refuse programs that nobody wants: `bot_filter: {}` keeps out scanners and scrapers that say what they are.

    Who is refused gets 403. A user agent is easily changed: what must not be reached needs authentication.
    """

    deny: tuple[Agent, ...] = _DEFAULT
    """Programs that are refused: `[{group: scanners}, BadBot, {regex: "curl/[0-6].*"}]`. By default the groups
    `scanners` and `scrapers`; a list replaces them."""
    allow: tuple[Agent, ...] = ()
    """Exceptions from `deny`: who is meant by both comes in. With `deny: [{regex: ".*"}]`, nobody else does."""
    deny_empty: bool = False
    """Refuse requests without a user agent too. Every browser has one; many programs that are welcome have none."""
    dry_run: bool = False
    """Refuse nobody, and count whom it would refuse."""

    @model_validator(mode="after")
    def _fields_fit(self) -> BotFilter:
        if not self.deny and not self.deny_empty:
            raise ValueError("this refuses nobody; write deny or deny_empty")
        if self.allow and not self.deny:
            raise ValueError("allow says what is excepted from deny, which is empty")
        excepted = [word for agent in self.allow for word in agent.words]
        for agent in self.deny:
            if agent.words and all(any(word in denied for word in excepted) for denied in agent.words):
                raise ValueError(f"{agent} is allowed as a whole, and allow wins: denying it refuses nobody")
        return self


def compile_bot_filter(spec: BotFilter, _site: Site) -> Fragment:
    """Return the rules as a policy that denies whom it means."""
    refused = rbac_v3.Principal.Set(ids=_refused(spec))
    policy = rbac_v3.Policy(permissions=[rbac_v3.Permission(any=True)], principals=[rbac_v3.Principal(or_ids=refused)])
    rules = rbac_v3.RBAC(action=rbac_v3.RBAC.DENY, policies={"bot_filter": policy})
    rbac = http_rbac_v3.RBAC(shadow_rules=rules) if spec.dry_run else http_rbac_v3.RBAC(rules=rules)
    return Fragment(per_route={"bot_filter": http_rbac_v3.RBACPerRoute(rbac=rbac)})


def _refused(spec: BotFilter) -> Iterator[rbac_v3.Principal]:
    if spec.deny:
        denied = rbac_v3.Principal(or_ids=rbac_v3.Principal.Set(ids=_any_of(spec.deny)))
        if spec.allow:
            allowed = rbac_v3.Principal(or_ids=rbac_v3.Principal.Set(ids=_any_of(spec.allow)))
            both = rbac_v3.Principal.Set(ids=[denied, rbac_v3.Principal(not_id=allowed)])
            denied = rbac_v3.Principal(and_ids=both)
        yield denied
    if spec.deny_empty:
        yield _says(matcher_v3.StringMatcher(exact=""))


def _any_of(agents: Iterable[Agent]) -> Iterator[rbac_v3.Principal]:
    """Yield conditions of which one holds. A group is one expression, which takes one walk over the text."""
    for agent in agents:
        if agent.group is not None:
            yield _matches(f"(?is).*({'|'.join(map(re.escape, agent.words))}).*")
        elif agent.regex is not None:
            yield _matches(agent.regex)
        else:
            yield _says(matcher_v3.StringMatcher(contains=agent.contains or "", ignore_case=True))


def _matches(regex: str) -> rbac_v3.Principal:
    return _says(matcher_v3.StringMatcher(safe_regex=matcher_v3.RegexMatcher(regex=regex)))


def _says(text: matcher_v3.StringMatcher) -> rbac_v3.Principal:
    header = route_v3.HeaderMatcher(name=_USER_AGENT, string_match=text, treat_missing_header_as_empty=True)
    return rbac_v3.Principal(header=header)


POLICY = Policy(
    spec=BotFilter,
    stage=Stage.EDGE,
    applies=Target.ROUTE,
    targets=ROUTE_TARGETS,
    compile=compile_bot_filter,
    filters={"bot_filter": http_rbac_v3.RBAC(rules_stat_prefix="bot_filter", shadow_rules_stat_prefix="bot_filter")},
)
