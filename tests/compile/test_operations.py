import base64

import pytest
from google.protobuf import descriptor_pb2

from crossway.compile.contract import Site
from crossway.compile.operations import compile_operation
from crossway.model import Defined, Finding, Ref
from crossway.model.operation import Called, Operation
from crossway.runtime.rpc import Method
from runtime.test_rpc import descriptors as tree


def streaming() -> bytes:
    files = descriptor_pb2.FileDescriptorSet.FromString(tree())
    files.file[0].service[0].method[0].server_streaming = True
    return files.SerializeToString()


DEFINITIONS = {"tree": Defined(tree()), "streaming": Defined(streaming()), "nonsense": Defined(b"nonsense")}
SITE = Site(
    Ref("routes", "r"), "default", definitions={Ref("definitions", name): one for name, one in DEFINITIONS.items()}
)
TURN = {"service": "trees", "rpc": "tree.Trees/Turn", "definition": "tree"}


def compiled(**given: object) -> Called | Finding:
    return compile_operation(Operation.model_validate(given), {"params": None}, SITE, ("methods", "a"))


def test_a_service_is_named_as_its_cluster_is():
    found = compiled(service="orders", path="/x")
    assert isinstance(found, Called)
    assert (found.operation.service, found.descriptors) == (SITE.cluster("orders"), "")


def test_a_call_in_grpc_has_the_descriptors_that_it_needs():
    found = compiled(**TURN)
    assert isinstance(found, Called)
    assert Method(base64.b64decode(found.descriptors), "tree.Trees/Turn").encode({"bigName": 1}) == b"\x08\x01"


@pytest.mark.parametrize(
    ("given", "code", "path"),
    [
        ({"service": "s", "path": "/{prams.id}"}, "operation.unknown_name", ("methods", "a", "path")),
        (TURN | {"definition": "three"}, "reference.dangling", ("methods", "a", "definition")),
        (TURN | {"rpc": "tree.Trees/Trn"}, "grpc.unknown_method", ("methods", "a", "rpc")),
        (TURN | {"definition": "streaming"}, "grpc.streaming_method", ("methods", "a", "rpc")),
        (TURN | {"definition": "nonsense"}, "grpc.descriptor_set", ("methods", "a", "definition")),
    ],
)
def test_a_mistake_says_where_it_stands(given: dict[str, object], code: str, path: tuple[str, ...]):
    found = compiled(**given)
    assert isinstance(found, Finding)
    assert (found.code, found.path) == (code, path)
