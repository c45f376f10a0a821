"""What a proxy asks of the control plane, and how that is read there."""

import pytest

from crossway.compile.authentication import Authentication
from crossway.compile.checks import checked, checking, read
from crossway.compile.contract import Site
from crossway.compile.envoy import names
from crossway.model import Ref
from crossway.policies.hmac_signature import HmacSignature

SITE = Site(Ref("routes", "a"), "blue")


def test_what_is_asked_is_read_again():
    spec = HmacSignature(nonce=True)
    asked = read(checked("hmac_signature", spec, SITE).check_settings.context_extensions)
    assert (asked.method, asked.namespace, asked.lenient) == ("hmac_signature", "blue", False)
    assert HmacSignature.model_validate_json(asked.settings) == spec


def test_where_another_method_will_do():
    lenient = Site(Ref("routes", "a"), "blue", beside={"authentication": Authentication(optional=True)})
    assert read(checked("m", HmacSignature(), lenient).check_settings.context_extensions).lenient


def test_a_body_is_sent_where_it_is_asked_for():
    without, with_body = (checked("m", HmacSignature(), SITE, body=size).check_settings for size in (0, 10))
    assert without.disable_request_body_buffering
    assert with_body.with_request_body.max_request_bytes == 10


def test_nobody_is_let_through_where_nobody_answers():
    message = checking()
    assert not message.failure_mode_allow
    assert message.status_on_error.code == 503
    assert message.grpc_service.envoy_grpc.cluster_name == names.LIMITER


def test_what_is_nothing_of_ours():
    with pytest.raises(ValueError, match=r"crossway\.namespace is missing"):
        read({"crossway.method": "m"})
