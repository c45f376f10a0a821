from crossway.compile.endpoints import endpoints_mistake
from crossway.model.endpoint import CallingEndpoint


def endpoint(**given: object) -> CallingEndpoint:
    return CallingEndpoint.model_validate({"path": "/orders/{id}", "call": "get"} | given)


def test_nothing_is_wrong():
    assert (
        endpoints_mistake({"get": endpoint(params={"id": "path.id"}, answer="result.x")}, {"x-a": "{headers.b}"})
        is None
    )


def test_headers_and_the_path_of_calls_are_looked_at():
    found = endpoints_mistake({"get": endpoint()}, {"x-a": "{reslt.b}"})
    assert found is not None
    assert found.path == ("headers", "x-a")
    found = endpoints_mistake({"get": endpoint()}, {}, "/{quer.a}")
    assert found is not None
    assert (found.code, found.path, found.hint) == ("operation.unknown_name", ("path",), "did you mean 'query'?")


def test_who_asks_has_a_name_and_groups():
    found = endpoints_mistake({"get": endpoint(params="consumer.mail")}, {})
    assert found is not None
    assert (found.path, found.message) == (("endpoints", "get", "params"), "there is no 'mail' in consumer")


def test_two_that_answer_the_same_clash():
    found = endpoints_mistake({"get": endpoint(), "find": endpoint(path="/orders/{name}")}, {})
    assert found is not None
    assert (found.code, found.path) == ("endpoint.clash", ("endpoints", "find", "path"))
