"""What the cases of `oauth2` cannot say: how it verifies once there are keys."""

import json

from joserfc.jwk import ECKey, KeySet

from crossway.compile.contract import Fragment, Site
from crossway.daemon.pipeline import Pipeline
from crossway.daemon.registry import load_policies
from crossway.fleet.validate import validate
from crossway.model import Document, Ref
from crossway.policies.oauth2 import OAuth2, compile_oauth2
from harness.ports import free_port
from harness.static import self_contained

ISSUER = "https://login.example.com/oauth2"


def keys() -> str:
    return json.dumps(KeySet([ECKey.generate_key("P-256", auto_kid=True)]).as_dict(private=False))


def compiled(token_keys: str, **settings: object) -> Fragment:
    site = Site(Ref("routes", "a"), "blue", token_keys=token_keys)
    fragment = compile_oauth2(OAuth2.model_validate({"issuer": ISSUER, **settings}), site)
    assert isinstance(fragment, Fragment)
    return fragment


def test_a_new_key_touches_no_route():
    old, new = compiled(keys()), compiled(keys())
    assert old.per_route == new.per_route
    assert old.shared != new.shared


def test_routes_that_ask_for_the_same_share_it():
    known = keys()
    one, other = compiled(known, scopes=["a"]), compiled(known, scopes=["b"])
    assert one.shared == other.shared
    assert one.per_route["oauth2.rights"] != other.per_route["oauth2.rights"]
    assert compiled(known, audience="shop").shared != one.shared


def test_envoy_accepts_it():
    pipeline = Pipeline(load_policies())
    document = {
        "gateways": {"edge": {"listeners": {"http": free_port()}}},
        "routes": {
            "strict": {"matches": [{"path": "/a"}], "respond": {}, "policies": {"oauth2": ISSUER}},
            "lenient": {
                "matches": [{"path": "/b"}],
                "respond": {},
                "policies": {"oauth2": {"issuer": ISSUER, "scopes": ["a"]}, "authentication": "optional"},
            },
        },
    }
    pipeline.adopt(pipeline.read([Document("a.yaml", json.dumps(document))]))
    pipeline.serve_token_keys(keys())
    assert pipeline.findings() == ()
    assert validate(self_contained(pipeline.resources())) is None
