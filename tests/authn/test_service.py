"""The service over gRPC, as a proxy speaks to it, and through a relay."""

import grpc
import grpc.aio
import pytest

from crossway.authn.service import METHOD, SERVICE, AuthenticationService
from crossway.authn.verdict import Answer, Passed, Request
from crossway.compile.checks import Asked, checked
from crossway.compile.contract import Site
from crossway.errors import Unavailable
from crossway.model import Ref
from crossway.policies.hmac_signature import HmacSignature
from crossway.protos.envoy.config.core import v3 as core_v3
from crossway.protos.envoy.service.auth import v3 as auth_v3
from harness.calls import reached

SITE = Site(Ref("routes", "a"), "blue")


class Method:
    """A method that passes requests on with a header, refuses them, or cannot tell: as the path says."""

    def __init__(self) -> None:
        self.asked: list[tuple[Request, Asked]] = []

    async def __call__(self, request: Request, asked: Asked):
        self.asked.append((request, asked))
        if request.path == "/away":
            raise Unavailable("away")
        if request.path == "/no":
            return Answer.problem(401, "no", request, (("set-cookie", "a"), ("set-cookie", "b")))
        return Passed((("x-who", "alice"),))


class Scene:
    def __init__(self) -> None:
        self.method = Method()
        self.service = AuthenticationService({"hmac_signature": self.method})

    async def ask(self, path: str = "/", extensions: dict[str, str] | None = None, body: bytes = b""):
        if extensions is None:
            spec = HmacSignature(nonce=True)
            extensions = dict(checked("hmac_signature", spec, SITE).check_settings.context_extensions)
        lines = [(":path", b"/"), ("x-a", b"1"), ("x-a", b"\xff")]
        header_map = core_v3.HeaderMap(headers=[core_v3.HeaderValue(key=key, raw_value=raw) for key, raw in lines])
        http = auth_v3.AttributeContext.HttpRequest(
            method="POST", scheme="https", host="h", path=path, header_map=header_map, raw_body=body
        )
        request = auth_v3.CheckRequest(
            attributes=auth_v3.AttributeContext(
                request=auth_v3.AttributeContext.Request(http=http), context_extensions=extensions
            )
        )
        return await self.send(request.SerializeToString())

    async def send(self, data: bytes):
        answered = await self.channel.unary_unary(f"/{SERVICE}/{METHOD}")(data)
        return auth_v3.CheckResponse.FromString(answered)

    async def fails(self, *arguments, **named) -> grpc.StatusCode:
        with pytest.raises(grpc.aio.AioRpcError) as failed:
            await self.ask(*arguments, **named)
        return failed.value.code()


@pytest.fixture(params=["direct", "relay"])
async def scene(request):
    scene = Scene()
    async with reached(scene.service.handler(), SERVICE, METHOD, request.param) as scene.channel:
        yield scene


async def test_what_a_method_is_told(scene):
    response = await scene.ask("/a?b", body=b"\x00\xff")
    ((request, asked),) = scene.method.asked
    assert request == Request("POST", "https", "h", "/a?b", (("x-a", "1"), ("x-a", "\xff")), b"\x00\xff")
    assert asked == Asked("hmac_signature", "blue", False, '{"nonce":true}')
    assert response.status.code == 0
    (option,) = response.ok_response.headers
    assert (option.header.key, option.header.value) == ("x-who", "alice")
    assert option.append_action == core_v3.HeaderValueOption.OVERWRITE_IF_EXISTS_OR_ADD


async def test_a_refusal(scene):
    response = await scene.ask("/no")
    assert response.status.code == grpc.StatusCode.UNAUTHENTICATED.value[0]
    denied = response.denied_response
    assert denied.status.code == 401
    assert [(option.header.key, option.header.value) for option in denied.headers] == [
        ("content-type", "application/problem+json"),
        ("set-cookie", "a"),
        ("set-cookie", "b"),
    ]
    assert denied.headers[2].append_action == core_v3.HeaderValueOption.APPEND_IF_EXISTS_OR_ADD


async def test_what_cannot_be_checked_is_an_error(scene):
    assert await scene.fails("/away") is grpc.StatusCode.UNAVAILABLE


async def test_what_is_no_check_is_an_error(scene):
    known = dict(checked("hmac_signature", HmacSignature(), SITE).check_settings.context_extensions)
    assert await scene.fails(extensions={}) is grpc.StatusCode.INVALID_ARGUMENT
    assert await scene.fails(extensions=known | {"crossway.method": "other"}) is grpc.StatusCode.INVALID_ARGUMENT
    with pytest.raises(grpc.aio.AioRpcError) as failed:
        await scene.send(b"\xff\xff")
    assert failed.value.code() is grpc.StatusCode.INVALID_ARGUMENT
