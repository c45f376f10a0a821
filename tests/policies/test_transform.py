import base64

from google.protobuf.descriptor_pb2 import DescriptorProto, FileDescriptorProto, FileDescriptorSet

from crossway.compile.contract import Fragment, Site
from crossway.model import Finding, Ref
from crossway.model.transformation import Transform
from crossway.policies.transform import compile_transform

SITE = Site(Ref("routes", "shop"), "default")


def compiled(message: str, *files: FileDescriptorProto) -> Fragment | Finding:
    descriptor_set = base64.b64encode(FileDescriptorSet(file=files).SerializeToString()).decode()
    operation = {"protobuf_to_json": {"descriptor_set": descriptor_set, "message": message}}
    return compile_transform(Transform.model_validate({"request": ["xml_to_json"], "response": [operation]}), SITE)


FILE = FileDescriptorProto(
    name="a.proto",
    package="shop",
    message_type=[DescriptorProto(name="Order", nested_type=[DescriptorProto(name="Item")])],
)


def test_the_step_has_the_settings_as_they_were_written():
    spec = Transform.model_validate({"request": ["xml_to_json"], "max_size": "2MiB"})
    result = compile_transform(spec, SITE)
    assert isinstance(result, Fragment)
    [step] = result.steps
    assert step.kind == "transform"
    assert Transform.model_validate_json(bytes(step.settings)) == spec


def test_messages_are_found_by_their_full_names():
    for name in ("shop.Order", "shop.Order.Item"):
        assert isinstance(compiled(name, FILE), Fragment)
    result = compiled("shop.Ordre", FILE)
    assert isinstance(result, Finding)
    assert (result.code, result.hint) == ("transform.unknown_message", "did you mean 'shop.Order'?")
    assert result.path == ("response", 0, "protobuf_to_json", "message")


def test_a_set_without_its_imports_gets_a_hint():
    result = compiled("shop.Order", FileDescriptorProto(name="b.proto", dependency=["a.proto"]))
    assert isinstance(result, Finding)
    assert (result.code, result.hint) == ("transform.descriptor_set", "was it written with --include_imports?")
