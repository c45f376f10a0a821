from dataclasses import replace

import pytest

from crossway.compile.contract import Site
from crossway.model import Ref
from crossway.policies.grpc_web import POLICY, GrpcWeb, compile_grpc_web

SITE = Site(Ref("routes", "shop"), "default")


@pytest.mark.parametrize(
    ("enabled", "http2", "translated"), [(True, True, True), (True, False, False), (False, True, False)]
)
def test_it_is_translated_for_those_who_may_speak_grpc(enabled, http2, translated):
    fragment = compile_grpc_web(GrpcWeb.model_validate(enabled), replace(SITE, http2=http2))
    assert ("grpc_web" in fragment.per_route) is translated


def test_it_is_translated_where_nothing_is_said():
    assert POLICY.default == GrpcWeb()
    assert GrpcWeb().enabled
