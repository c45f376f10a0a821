"""Rules as text: what the settings say, and what people must not write."""

import pytest

from crossway.compile.modsecurity import Rules, Transaction
from crossway.model.waf import Waf
from crossway.policies.waf.seclang import mistake, seclang

FORM = [("content-type", "application/x-www-form-urlencoded")]
ATTACK = "1'%20or%20'1'='1"


def status(settings: object, target: str = "/", headers: list[tuple[str, str]] | None = None, body: bytes = b"") -> int:
    rules = Rules(seclang(Waf.model_validate(settings)))
    return Transaction(rules, "::1", long=False).request("POST", target, headers or [], body).status


@pytest.mark.parametrize(
    ("settings", "found"),
    [
        ({}, 403),
        ({"mode": "detect"}, 0),
        ({"exclude": {"parameters": ["q"]}}, 0),
        ({"exclude": {"parameters": ["other"]}}, 403),
        ({"exclude": {"tags": ["attack-sqli"]}}, 0),
        ({"exclude": {"tags": ["attack-sqli"], "parameters": ["q"]}}, 0),
        ({"exclude": {"tags": ["attack-xss"], "parameters": ["q"]}}, 403),
        ({"exclude": {"rules": [7000010]}}, 0),
        ({"exclude": {"rules": ["7000010-7000011"]}}, 0),
        ({"exclude": {"rules": [7000010], "parameters": ["q"]}}, 0),
        ({"rules": 'SecRule ARGS:q "@contains or" "id:1,phase:1,allow"'}, 0),
    ],
)
def test_what_is_excluded_is_left_alone(settings, found):
    assert status(settings, f"/?q={ATTACK}") == found
    assert status(settings, "/", FORM, f"q={ATTACK}".encode()) == (403 if "rules" in settings else found)


def test_an_excluded_field_of_json_is_named_by_the_way_to_it():
    headers, body = [("content-type", "application/json")], b'{"user": {"note": "1\' or \'1\'=\'1"}}'
    assert status({}, "/", headers, body) == 403
    assert status({"exclude": {"parameters": ["user.note"]}}, "/", headers, body) == 0


def test_headers_and_cookies_are_excluded_by_name():
    cookie, agent = [("cookie", f"a={ATTACK}")], [("user-agent", "1' or '1'='1")]
    assert [status({}, "/", each) for each in (cookie, agent)] == [403, 403]
    spared = {"exclude": {"cookies": ["a"], "headers": ["user-agent"]}}
    assert [status(spared, "/", each) for each in (cookie, agent)] == [0, 0]


def test_too_many_parameters_are_refused():
    assert status({}, "/", FORM, b"&".join(b"a%d=1" % number for number in range(1001))) == 400
    assert status({}, "/", FORM, b"&".join(b"a%d=1" % number for number in range(900))) == 0


def test_deep_json_is_refused():
    headers = [("content-type", "application/json")]
    assert status({}, "/", headers, b"[" * 60 + b"]" * 60) == 0
    assert status({}, "/", headers, b"[" * 100 + b"]" * 100) == 400


@pytest.mark.parametrize(
    "rules",
    [
        'SecRule ARGS:a "@streq b" "id:1,phase:2,deny"',
        'SecRule ARGS "@rx ^a+$" \\\n  "id:1,phase:2,deny,\\\n  status:403"',
        "# a comment\n\nSecAction \"id:1,phase:1,pass,nolog,setvar:'tx.a=b c'\"",
        'SecRule ARGS "!@within a b" "id:1,phase:2,deny,chain"\n  SecRule ARGS "b" "t:lowercase"',
        "SecRuleRemoveById 942100\nSecMarker END",
        'SecRule ARGS "a\\"b" "id:1,phase:2,deny"',
    ],
)
def test_rules_that_may_be_written(rules):
    assert mistake(rules) is None
    Rules(rules)


@pytest.mark.parametrize(
    ("line", "rules"),
    [
        (1, "Include /etc/passwd"),
        (1, "SecRuleEngine Off"),
        (2, "\nSecAuditLog /tmp/log"),
        (1, "SecRemoteRules key https://a.test/rules"),
        (1, 'SecRule ARGS "@pmFromFile /etc/hosts" "id:1,phase:2,deny"'),
        (1, 'SecRule ARGS "!@ipMatchFromFile https://a.test" "id:1,phase:2,deny"'),
        (1, 'SecRule ARGS "@inspectFile /bin/sh" "id:1,phase:2,deny"'),
        (1, 'SecRule ARGS "@nonesuch a" "id:1,phase:2,deny"'),
        (1, 'SecRule ARGS "@rx (a" "id:1,phase:2,deny"'),
        (1, 'SecRule ARGS "[" "id:1,phase:2,deny"'),
        (3, '# a\nSecMarker A\nSecRule ARGS "a" \\\n  "id:1,phase:2,deny,exec:/bin/sh"'),
        (1, 'SecAction "id:1,phase:1,pass,initcol:ip=%{REMOTE_ADDR}"'),
        (1, 'SecRule ARGS "a" "id:942100,phase:2,deny"'),
        (1, 'SecRule ARGS "a" "id:1,phase:2,deny'),
    ],
)
def test_rules_that_may_not(line, rules):
    found = mistake(rules)
    assert found is not None
    assert found.line == line
    assert found.message
