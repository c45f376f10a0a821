import json

from jsonschema import Draft202012Validator

from crossway.daemon.registry import load_policies
from crossway.dialects.native.schema import schema


def test_it_is_a_schema_of_the_policies_that_are_installed(crossway):
    printed = json.loads(crossway("schema").out)
    Draft202012Validator.check_schema(printed)
    assert printed == schema(load_policies())
