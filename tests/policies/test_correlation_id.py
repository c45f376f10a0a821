import pytest
from pydantic import ValidationError

from crossway.compile.contract import Fragment, Site
from crossway.compile.identity import HEADERS
from crossway.model import Ref
from crossway.policies.correlation_id import CorrelationId, compile_correlation_id
from crossway.protos.envoy.extensions.http.early_header_mutation.header_mutation import v3 as early_v3

SITE = Site(Ref("gateways", "edge"), "default")


def edits(settings):
    fragment = compile_correlation_id(CorrelationId.model_validate(settings), SITE)
    assert isinstance(fragment, Fragment)
    manager = fragment.connection_manager
    assert manager is not None
    (extension,) = manager.early_header_mutation_extensions
    mutations = early_v3.HeaderMutation.FromString(extension.typed_config.value).mutations
    return [(item.remove or item.append.header.key, item.append.header.value) for item in mutations]


def test_what_a_client_sends_is_kept_only_in_the_header_that_carries_the_id():
    made = ("x-request-id", "%UNIQUE_ID%")
    own = ("x-id", "%REQ(x-request-id)%")
    dropped = ("x-request-id", "")
    assert edits("x-id") == [dropped, ("x-request-id", "%REQ(x-id)%"), made, own]
    assert edits({"header": "X-Id", "keep": False}) == [dropped, made, own]
    assert edits("x-request-id") == [made]
    assert edits({"header": "x-request-id", "keep": False}) == [dropped, made]


@pytest.mark.parametrize("header", ["authorization", "Cookie", "host", "x-y%z", "", *HEADERS])
def test_a_header_that_says_something_else_cannot_carry_it(header):
    with pytest.raises(ValidationError):
        CorrelationId.model_validate({"header": header})
