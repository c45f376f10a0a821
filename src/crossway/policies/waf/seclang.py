"""The rules of a WAF in SecLang, the language of ModSecurity: those of Crossway, what the settings say, the user's own.

The core rules are files, which are named here and read by the library. Two of them are left out: REQUEST-910 asks for
a database of countries that the library is built without, and REQUEST-912 counts requests, as `rate_limit` does.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final, NamedTuple

from crossway.compile.modsecurity import misfit
from crossway.model.waf import Exclusion, Level, Mode, Waf

OWN_IDS: Final = range(1, 100_000)
"""The ids of rules that people write themselves."""
MOST_ARGUMENTS: Final = 1000
"""How many parameters a request may have: each costs, and the library looks at no more of them."""
DEEPEST_JSON: Final = 64

_REQUEST_FILES: Final = ("901-*", "905-*", "911-*", "913-*", "92*", "93*", "94*")
_RESPONSE_FILES: Final = ("95*",)
_INSPECTED: Final = "text/plain text/html text/xml application/json application/problem+json application/xml"
_CONTENT_TYPES: Final = (
    "application/x-www-form-urlencoded",
    "multipart/form-data",
    "multipart/related",
    "text/plain",
    "text/xml",
    "application/xml",
    "application/soap+xml",
    "application/json",
    "application/problem+json",
    "application/merge-patch+json",
    "application/json-patch+json",
    "application/graphql-response+json",
    "application/vnd.api+json",
    "application/cloudevents+json",
    "application/cloudevents-batch+json",
    "application/csp-report",
    "application/octet-stream",
    "application/grpc",
)

_BASE: Final = r"""
SecRequestBodyAccess On
SecRequestBodyLimit {limit}
SecRequestBodyNoFilesLimit {limit}
SecRequestBodyLimitAction Reject
SecRequestBodyJsonDepthLimit {depth}
SecArgumentsLimit {arguments}
SecPcreMatchLimit 100000
SecPcreMatchLimitRecursion 100000
SecRule REQUEST_HEADERS:Content-Type "@rx ^(?:application|text)/(?:[a-z0-9.-]+\+)?xml\b" \
  "id:7000000,phase:1,t:none,t:lowercase,pass,nolog,ctl:requestBodyProcessor=XML"
SecRule REQUEST_HEADERS:Content-Type "@rx ^(?:application|text)/(?:[a-z0-9.-]+\+)?json\b" \
  "id:7000001,phase:1,t:none,t:lowercase,pass,nolog,ctl:requestBodyProcessor=JSON"
SecRule REQBODY_ERROR|MULTIPART_STRICT_ERROR "!@eq 0" \
  "id:7000002,phase:2,t:none,deny,status:400,log,severity:'CRITICAL',tag:'crossway/malformed'"
SecRule &ARGS "@ge {arguments}" \
  "id:7000003,phase:2,t:none,deny,status:400,log,severity:'CRITICAL',tag:'crossway/malformed'"
SecRule TX:/^MSC_/ "!@streq 0" \
  "id:7000004,phase:2,t:none,deny,status:403,log,severity:'CRITICAL',tag:'crossway/unfinished'"
"""
_BASIC: Final = r"""
SecRule &REQUEST_HEADERS:Content-Type "@eq 0" \
  "id:7000008,phase:1,t:none,pass,nolog,ctl:forceRequestBodyVariable=On"
SecRule REQUEST_HEADERS:Content-Type "@rx ^(?:text/(?!(?:[a-z0-9.-]+\+)?(?:xml|json)\b)|\s*$)" \
  "id:7000009,phase:1,t:none,t:lowercase,pass,nolog,ctl:forceRequestBodyVariable=On"
SecRule REQBODY_PROCESSOR "@rx ." "id:7000007,phase:2,t:none,pass,nolog,\
  ctl:ruleRemoveTargetById=7000010;REQUEST_BODY,ctl:ruleRemoveTargetById=7000011;REQUEST_BODY"
SecRule {targets} "@detectSQLi" \
  "id:7000010,phase:2,t:none,t:urlDecodeUni,t:removeNulls,deny,status:403,log,severity:'CRITICAL',\
  tag:'attack-sqli',tag:'crossway/basic',logdata:'found within %{{MATCHED_VAR_NAME}}: '"
SecRule {targets} "@detectXSS" \
  "id:7000011,phase:2,t:none,t:urlDecodeUni,t:removeNulls,deny,status:403,log,severity:'CRITICAL',\
  tag:'attack-xss',tag:'crossway/basic',logdata:'found within %{{MATCHED_VAR_NAME}}: '"
"""
_TARGETS: Final = (
    "ARGS_NAMES|ARGS|REQUEST_COOKIES_NAMES|REQUEST_COOKIES|REQUEST_HEADERS:User-Agent|REQUEST_HEADERS:Referer|"
    "REQUEST_BODY|FILES|FILES_NAMES|XML:/*|XML://@*"
)
_CORE: Final = r"""
SecDefaultAction "phase:1,log,auditlog,pass"
SecDefaultAction "phase:2,log,auditlog,pass"
SecAction "id:7000020,phase:1,t:none,nolog,pass,setvar:tx.crs_setup_version=400,\
  setvar:tx.paranoia_level={paranoia},setvar:tx.executing_paranoia_level={paranoia},\
  setvar:tx.blocking_paranoia_level={paranoia},setvar:tx.detection_paranoia_level={paranoia},\
  setvar:tx.inbound_anomaly_score_threshold={inbound},setvar:tx.outbound_anomaly_score_threshold={outbound},\
  setvar:'tx.allowed_methods={methods}',setvar:'tx.allowed_request_content_type={content_types}'"
"""

_ALLOWED: Final = re.compile(
    r"SecRule|SecAction|SecMarker|SecRuleRemoveBy(Id|Tag|Msg)|SecRuleUpdateTargetBy(Id|Tag|Msg)|SecRuleUpdateActionById",
    re.IGNORECASE,
)
_OPERATORS: Final = re.compile(
    r"beginsWith|contains|containsWord|detectSQLi|detectXSS|endsWith|eq|ge|gt|ipMatch|le|lt|noMatch|pm|rx|rxGlobal|strEq|"
    r"strmatch|unconditionalMatch|validateByteRange|validateUrlEncoding|validateUtf8Encoding|verifyCC|verifyCPF|"
    r"verifySSN|verifySVNR|within",
    re.IGNORECASE,
)
"""The operators that look at nothing but the request."""
_REFUSED_ACTION: Final = re.compile(
    r"(?:^|,)\s*(exec|initcol|setsid|setuid|setrsc|redirect|proxy|pause|drop)\b", re.IGNORECASE
)
_WORD: Final = re.compile(r'"((?:[^"\\]|\\.)*)"|(\S+)', re.DOTALL)
_ID: Final = re.compile(r"(?:^|,)\s*id:'?(\d+)", re.IGNORECASE)


class Mistake(NamedTuple):
    """What is wrong with rules that somebody wrote."""

    line: int
    message: str
    hint: str = ""


def seclang(spec: Waf, directory: str = "") -> str:
    """Return all rules of *spec*; those of the core rules are read from *directory*."""
    base = _BASE.format(limit=spec.max_body + 1, depth=DEEPEST_JSON, arguments=MOST_ARGUMENTS)
    parts = [f"SecRuleEngine {'On' if spec.mode is Mode.BLOCK else 'DetectionOnly'}", base]
    if spec.responses:
        parts.append(
            f"SecResponseBodyAccess On\nSecResponseBodyMimeType {_INSPECTED}\n"
            f"SecResponseBodyLimit {spec.max_response + 1}\nSecResponseBodyLimitAction ProcessPartial"
        )
    if spec.level is Level.CRS:
        types = " ".join(f"|{one}|" for one in (*_CONTENT_TYPES, *spec.content_types))
        parts.append(
            _CORE.format(
                paranoia=spec.paranoia,
                inbound=spec.inbound_threshold,
                outbound=spec.outbound_threshold,
                methods=" ".join(spec.methods),
                content_types=types,
            )
        )
    parts.append(spec.rules)
    if spec.level is Level.CRS:
        files = [f"REQUEST-{name}" for name in _REQUEST_FILES]
        files += [f"RESPONSE-{name}" for name in _RESPONSE_FILES if spec.responses]
        parts += [f"Include {directory}/{name}.conf" for name in files]
    else:
        parts.append(_BASIC.format(targets=_TARGETS))
    for exclusion in spec.exclude:
        parts += _excluded(exclusion)
    return "\n".join(parts) + "\n"


def _excluded(exclusion: Exclusion) -> Iterator[str]:
    if not exclusion.targets:
        yield from (f"SecRuleRemoveById {one}" for one in exclusion.rules)
        yield from (f'SecRuleRemoveByTag "{tag}"' for tag in exclusion.tags)
        return
    everything = not (exclusion.rules or exclusion.tags)
    for target in exclusion.targets:
        yield from (f'SecRuleUpdateTargetById {one} "!{target}"' for one in exclusion.rules)
        for tag in ("OWASP_CRS", "crossway/basic") if everything else exclusion.tags:
            yield f'SecRuleUpdateTargetByTag "{tag}" "!{target}"'


def mistake(rules: str) -> Mistake | None:
    """Return what in *rules* must not be there, or would never match, although the library loads it."""
    for line, text in _directives(rules):
        name, *words = [quoted or bare for quoted, bare in _WORD.findall(text)]
        if '"' in _WORD.sub("", text) or any(word.startswith('"') for word in words):
            return Mistake(line, "a quotation mark is not closed")
        if not _ALLOWED.fullmatch(name):
            return Mistake(line, f"{name} cannot be used here", "rules can be written, and other rules changed")
        rule, action = name.lower() == "secrule", name.lower() == "secaction"
        if rule and len(words) > 1 and (wrong := _operator(words[1])):
            return Mistake(line, wrong)
        actions = words[2] if rule and len(words) > 2 else words[-1] if not rule and words else ""
        if refused := _REFUSED_ACTION.search(actions):
            return Mistake(line, f"the action {refused[1]} cannot be used here")
        number = _ID.search(actions)
        if (rule or action) and number and int(number[1]) not in OWN_IDS:
            return Mistake(line, f"the id {number[1]} is not one for rules of your own", "take one below 100000")
    return None


def _directives(rules: str) -> Iterator[tuple[int, str]]:
    """Yield the line and the text of each directive; the end of a line with a backslash is none."""
    begun, text = 0, ""
    for number, line in enumerate(rules.splitlines(), 1):
        stripped = line.strip()
        if not text:
            if not stripped or stripped.startswith("#"):
                continue
            begun = number
        if stripped.endswith("\\"):
            text += stripped[:-1]
        else:
            yield begun, text + stripped
            text = ""
    if text:
        yield begun, text


def _operator(text: str) -> str:
    """Return what is wrong with the operator of a rule; nothing if it is right."""
    named = re.match(r"!?\s*@([A-Za-z0-9]+)\s*(.*)", text, re.DOTALL)
    name, argument = (named[1], named[2]) if named else ("rx", text.removeprefix("!"))
    if not _OPERATORS.fullmatch(name):
        return f"the operator @{name} cannot be used here"
    if name.lower() in ("rx", "rxglobal") and "%{" not in argument:
        pattern = argument.replace('\\"', '"')
        place = misfit(pattern)
        if place is not None:
            return f"the regular expression is wrong at character {place + 1}: {pattern[:100]}"
    return ""
