import base64

import pytest

from crossway.compile.contract import Fragment, Site, Stage
from crossway.model import Artifact, Finding, Ref
from crossway.policies.wasm import LARGEST, POLICY, Module, Wasm, compile_wasm
from crossway.protos import unpack
from crossway.protos.envoy.extensions.wasm import v3 as wasm_v3
from harness import wasm
from harness.cases import all_cases

SITE = Site(Ref("routes", "orders"), "default")
FILE = {"module": "/etc/crossway/filter.wasm"}
CASES = {case.path.stem: case.settings for case in all_cases() if case.policy == "wasm" and not case.is_wrong}

each = pytest.mark.parametrize


@each(
    "settings",
    [
        True,
        None,
        {},
        {"module": None},
        {"module": ""},
        {"module": {}},
        {"module": "filter.wasm"},
        {"module": "/etc/\x00"},
        {"module": {"inline": ""}},
        {"module": {"inline": "no base64"}},
        {"module": {"inline": base64.b64encode(b"\0asm\r\0\1\0").decode()}},  # a component
        {"module": {"inline": base64.b64encode(b"\0asm\1\0\0\0" + bytes(LARGEST)).decode()}},
        {"module": {"file": "/a.wasm", "inline": wasm.inline(wasm.marking())}},
        {"module": {"url": "https://example.com/a.wasm"}},
        {"module": {"sha256": "00" * 32}},
        {"module": {"url": "https://example.com/a.wasm", "sha256": "AB" * 32}},
        {"module": {"url": "oci://example.com/a", "sha256": "00" * 32}},
        {"module": {"url": "https://example.com/a.wasm", "sha256": "00" * 32, "file": "/a.wasm"}},
        {**FILE, "configuration": [1]},
        {**FILE, "configuration": 1},
        {**FILE, "environment": {"1ST": "x"}},
        {**FILE, "environment": {"A=B": "x"}},
        {**FILE, "environment": {"A": 1}},
        {**FILE, "name": "no spaces"},
        {**FILE, "on_failure": "open"},
    ],
)
def test_what_cannot_hold_is_refused(settings):
    with pytest.raises(ValueError):
        Wasm.model_validate(settings)


@each(
    ("name", "module"),
    [
        ("inline", wasm.marking),
        ("configuration", wasm.repeating),
        ("environment", wasm.telling),
        ("refusal", wasm.refusing),
        ("deny", wasm.trapping),
        ("allow", wasm.trapping),
    ],
)
def test_the_modules_of_the_cases_are_what_their_texts_say(name, module):
    settings = CASES[name]
    assert isinstance(settings, dict)
    assert base64.b64decode(settings["module"]["inline"]) == module()


def plugin(settings: object, site: Site = SITE) -> wasm_v3.PluginConfig:
    """Return what Envoy is told of the module."""
    fragment = compile_wasm(Wasm.model_validate(settings), site)
    assert isinstance(fragment, Fragment)
    (module,) = fragment.per_route["wasm"].filter_chain.filters
    return unpack(module.typed_config).config


def test_a_module_in_one_line_is_its_file():
    spec = Wasm.model_validate("/etc/crossway/filter.wasm")
    assert spec.module == Module.model_validate({"file": "/etc/crossway/filter.wasm"})
    assert plugin(FILE).vm_config.code.local.filename == "/etc/crossway/filter.wasm"


def test_it_is_closed_while_the_module_is_broken_unless_told_otherwise():
    assert plugin(FILE).failure_policy == wasm_v3.FailurePolicy.FAIL_RELOAD
    assert plugin({**FILE, "on_failure": "allow"}).failure_policy == wasm_v3.FailurePolicy.FAIL_OPEN


@each(
    ("configuration", "text"),
    [
        ("SecRuleEngine On\n", "SecRuleEngine On\n"),
        (None, None),
        ("", ""),
        ({}, "{}"),
        ({"b": [1, 2.5, None, True], "a": {"ü": "x"}}, '{"b":[1,2.5,null,true],"a":{"ü":"x"}}'),
    ],
)
def test_it_is_configured_with_text_or_with_json(configuration, text):
    told = plugin({**FILE, "configuration": configuration})
    value = unpack(told.configuration).value if told.HasField("configuration") else None
    assert value == text


def test_each_place_where_it_is_attached_has_machines_of_its_own():
    def machine(place: Ref, environment: dict[str, str]) -> str:
        settings = {**FILE, "environment": environment}
        return plugin(settings, Site(SITE.about, "default", attached=place)).vm_config.vm_id

    edge, shop, debug = Ref("gateways", "edge"), Ref("routes", "shop"), {"LEVEL": "debug"}
    elsewhere = Ref("gateways", "edge", "other")
    machines = [
        machine(edge, {}),
        machine(shop, {}),
        machine(elsewhere, {}),
        machine(edge, debug),
        machine(shop, debug),
    ]
    assert len(set(machines)) == len(machines)
    assert machine(edge, {"LEVEL": "info"}) not in machines


def test_it_stands_before_python_which_no_request_passes():
    assert Stage.LIMIT < POLICY.stage < Stage.PLUGIN


def test_nothing_is_switched_on_where_it_is_off():
    assert compile_wasm(Wasm.model_validate(False), SITE) == Fragment()


def test_a_module_behind_a_url_holds_once_it_was_fetched():
    settings = {"module": {"url": "https://example.com/a.wasm", "sha256": "00" * 32}, "name": "a"}
    spec = Wasm.model_validate(settings)
    assert spec.wanted == Artifact("https://example.com/a.wasm", "00" * 32)
    finding = compile_wasm(spec, SITE)
    assert isinstance(finding, Finding)
    assert (finding.code, finding.path) == ("artifact.unfetched", ("module", "url"))
    spec = spec.fetched(wasm.marking())
    assert spec.wanted is None
    fragment = compile_wasm(spec, SITE)
    assert fragment == compile_wasm(Wasm.model_validate({"module": CASES["inline"]["module"], "name": "a"}), SITE)
