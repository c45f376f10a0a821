"""The library itself: rules that load or raise, what they find, and what of it is told."""

import threading

import pytest

from crossway.compile.modsecurity import (
    Match,
    Rules,
    RulesError,
    Transaction,
    is_injection,
    match,
    misfit,
)

HEADERS = [("host", "a.test"), ("content-type", "application/x-www-form-urlencoded")]
RULES = """
SecRuleEngine On
SecRequestBodyAccess On
SecResponseBodyAccess On
SecResponseBodyMimeType text/plain
SecRule ARGS:a "@streq bad" "id:1,phase:2,deny,status:418,log,severity:'ERROR',tag:'one',tag:'two'"
SecRule ARGS:b "@streq odd" "id:2,phase:2,pass,log"
SecRule RESPONSE_BODY "@contains secret" "id:3,phase:4,deny,status:403"
"""


@pytest.mark.parametrize(
    "text",
    ["nonsense", "Include /nonexistent/*.conf", 'SecRule ARGS "x" "phase:1,pass"'],
)
def test_rules_that_cannot_be_loaded_raise(text):
    with pytest.raises(RulesError) as raised:
        Rules(text)
    assert str(raised.value)


@pytest.mark.parametrize("long", [False, True])
def test_what_rules_find_is_told_without_what_it_was(long):
    rules = Rules(RULES)
    transaction = Transaction(rules, "203.0.113.7", long=long)
    verdict = transaction.request("POST", "/?b=odd", HEADERS, b"a=bad&c=1")
    assert verdict.status == 418
    assert [(one.rule, one.severity, one.target, one.tags) for one in verdict.matches] == [
        (1, "error", "ARGS:a", ("one", "two"))
    ]
    verdict = Transaction(rules, "203.0.113.7", long=long).request("GET", "/?b=odd", HEADERS[:1], b"")
    assert (verdict.status, [one.rule for one in verdict.matches]) == (0, [2])


def test_nothing_is_found_in_what_is_good():
    assert Transaction(Rules(RULES), "::1", long=False).request("GET", "/?a=b", HEADERS[:1], b"") == (0, ())


def test_answers_are_looked_at_after_their_requests():
    transaction = Transaction(Rules(RULES), "203.0.113.7", long=True)
    assert transaction.request("GET", "/", HEADERS[:1], b"").status == 0
    verdict = transaction.response(200, [("content-type", "text/plain")], b"a secret")
    assert (verdict.status, [one.rule for one in verdict.matches]) == (403, [3])


def test_rules_stay_as_long_as_what_they_are_run_for():
    transaction = Transaction(Rules(RULES), "203.0.113.7", long=False)
    assert transaction.request("GET", "/?a=bad", HEADERS[:1], b"").status == 418


def test_threads_share_rules():
    rules, wrong = Rules(RULES), []

    def work():
        for number in range(200):
            attack = number % 2
            verdict = Transaction(rules, "203.0.113.7", long=True).request("GET", f"/?a={'bad' * attack}", HEADERS, b"")
            if (verdict.status != 0) is not bool(attack):
                wrong.append(verdict)

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []


def test_xml_that_cannot_be_read_is_not_quoted_on_stderr(capfd):
    rules = Rules(
        "SecRuleEngine On\nSecRequestBodyAccess On\n"
        'SecAction "id:1,phase:1,pass,nolog,ctl:requestBodyProcessor=XML"\n'
        'SecRule REQBODY_ERROR "!@eq 0" "id:2,phase:2,deny,status:400"'
    )
    headers = [("content-type", "text/xml")]
    for long in (False, True):
        assert Transaction(rules, "::1", long=long).request("POST", "/", headers, b"<pin>1234<").status == 400
    assert capfd.readouterr().err == ""


def line(place: str = "", data: str = "", uri: str = "/") -> bytes:
    return (
        f'ModSecurity: Warning. {place} [file "f"] [line "1"] [id "7"] [msg "m"] [data "{data}"] [severity "2"] '
        f'[tag "t"] [hostname "h"] [uri "{uri}"] [id "8"] [tag "forged"]'
    ).encode()


@pytest.mark.parametrize(
    ("text", "target"),
    [
        (
            line("Matched \"Operator `Rx' with parameter `x' against variable `ARGS:note' (Value: `pin 1234' )"),
            "ARGS:note",
        ),
        (
            line("detected", data="Matched Data: pin 1234 found within REQUEST_COOKIES:a.b: pin 1234"),
            "REQUEST_COOKIES:a.b",
        ),
        (line("against variable `ARGS_NAMES:pin1234' (Value"), "ARGS_NAMES"),
        (line("against variable `ARGS:pin 1234 [x]' (Value"), "ARGS"),
        (line("against variable `XML:/*' (Value"), "XML"),
        (line(), ""),
    ],
)
def test_a_line_tells_the_rule_and_the_place_and_no_value(text, target):
    assert match(text) == Match(7, "critical", target, ("t",))


@pytest.mark.parametrize(
    ("text", "found"),
    [(b"1' or '1'='1", True), (b"<script>alert(1)</script>", True), (b"one; or two?", False), (b"", False)],
)
def test_libinjection_is_asked_by_itself(text, found):
    assert is_injection(text) is found


@pytest.mark.parametrize(("pattern", "place"), [("a+(b|c)", None), ("(union", 6), ("\u00e9(", 2), ("(?<=a)b", None)])
def test_regular_expressions_are_compiled_before_they_are_relied_on(pattern, place):
    assert misfit(pattern) == place
