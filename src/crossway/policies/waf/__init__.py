"""WAF: attacks are recognised, with libinjection or the OWASP Core Rule Set, and refused.

Rules are loaded here, too, before they are sent: what a proxy could not load closes the route at once, with a reason.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Final

from crossway.compile.contract import ROUTE_TARGETS, Fragment, Policy, Site, Stage, Target, step
from crossway.compile.modsecurity import Rules, RulesError
from crossway.model import FieldPath, Finding
from crossway.model.waf import Inspection, Level, Waf
from crossway.policies.waf.seclang import mistake, seclang

DIRECTORIES: Final = (
    "/usr/share/modsecurity-crs/rules",
    "/usr/share/mod_modsecurity_crs/rules",
    "/usr/share/owasp-modsecurity-crs/rules",
)
"""Where the packages of Debian, Fedora and openSUSE put the core rules."""
_MISSING: Final = "Not able to open file"


def compile_waf(spec: Waf, site: Site) -> Fragment | Finding:
    """Return the step of the runtime; a finding where rules are wrong, or the core rules are not there.

    The proxy asks it, and does the rest of the route by itself, unless answers are inspected too, or calls of gRPC may
    come: those must not wait for their bodies.
    """
    if finding := _own_rules(spec):
        return finding
    text = seclang(spec)
    if spec.level is Level.CRS:
        directories = (spec.rules_directory,) if spec.rules_directory else DIRECTORIES
        found = _core_rules(spec, directories)
        if isinstance(found, Finding):
            return found
        text = found
    else:
        _load(text)
    heavy = spec.level is Level.CRS
    inspection = Inspection(
        rules=text,
        shown=0 if spec.responses or site.http2 else spec.max_body + 1,
        screened=not heavy and not spec.rules,
        heavy=heavy,
        mode=spec.mode,
        max_body=spec.max_body,
        beyond=spec.beyond,
        responses=spec.responses,
        max_response=spec.max_response,
    )
    return Fragment(steps=(step("waf", inspection),))


def _own_rules(spec: Waf) -> Finding | None:
    """Return what is wrong with the rules that the user wrote."""
    path: FieldPath = ("rules",)
    if found := mistake(spec.rules):
        return Finding("waf.rules", f"line {found.line}: {found.message}", path=path, hint=found.hint)
    try:
        if spec.rules:
            _load(spec.rules)
    except RulesError as error:
        return Finding("waf.rules", _short(error), path=path)
    return None


def _core_rules(spec: Waf, directories: tuple[str, ...]) -> str | Finding:
    """Return all rules, with the core rules of the first of *directories* that has them."""
    path: FieldPath = ("rules_directory",) if spec.rules_directory else ("level",)
    for directory in directories:
        text = seclang(spec, directory)
        try:
            _load(text)
        except RulesError as error:
            if _MISSING not in str(error):
                message = f"the core rules in {directory} cannot be loaded: {_short(error)}"
                return Finding("waf.core_rules", message, path=path)
        else:
            return text
    return Finding(
        "waf.core_rules",
        f"there are no core rules in {', '.join(directories)}",
        path=path,
        expected="the files of the OWASP Core Rule Set, 3.3 or newer",
        hint="install the system's package `modsecurity-crs`, or say where they are in `rules_directory`",
    )


@lru_cache(maxsize=256)
def _load(text: str) -> None:
    """Load *text* once; `RulesError` as often as it cannot be loaded, since files may be there the next time."""
    Rules(text)


def _short(error: RulesError) -> str:
    return " ".join(str(error).replace("File: <<reference missing or not informed>>.", "").split())[:400]


POLICY = Policy(
    spec=Waf,
    stage=Stage.INSPECT,
    applies=Target.ROUTE,
    targets=ROUTE_TARGETS,
    compile=compile_waf,
)
