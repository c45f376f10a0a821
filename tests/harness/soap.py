"""A real SOAP service (soapbar), over HTTP or called at once."""

import io
import threading
import warnings
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from typing import Any, ClassVar
from wsgiref.simple_server import WSGIRequestHandler, make_server

from soapbar import (
    BindingStyle,
    SoapApplication,
    SoapFault,
    SoapService,
    SoapVersion,
    UsernameTokenValidator,
    WsgiSoapApp,
    soap_operation,
)

from crossway.sdk.http import Request, Response

PASSWORD = "<secret> & more"
PATH = "/services/calculator"
RPC = BindingStyle.RPC_LITERAL
SOAP_11, SOAP_12 = SoapVersion.SOAP_11, SoapVersion.SOAP_12


class Calculator(SoapService):
    __service_name__ = "Calculator"
    __tns__ = "http://example.com/calculator"

    @soap_operation()
    def add(self, a: int, b: int) -> int:
        return a + b

    @soap_operation()
    def divide(self, a: int, b: int) -> float:
        if b == 0:
            raise SoapFault("Client", "Nothing can be divided by zero", detail="b is 0")
        if b < 0:
            raise SoapFault("Server", "The divider is broken")
        return a / b

    @soap_operation()
    def size(self, data: bytes) -> int:
        return len(data)

    @soap_operation()
    def greet(self, name: str) -> str:
        return f"Hello, {name}"


class Passwords(UsernameTokenValidator):
    known: ClassVar = {"ada": PASSWORD}

    def get_password(self, username: str) -> str | None:
        return self.known.get(username)


class Service:
    """A calculator that speaks one version of SOAP, in one style."""

    def __init__(
        self,
        version: SoapVersion = SOAP_11,
        style: BindingStyle = BindingStyle.DOCUMENT_LITERAL_WRAPPED,
        *,
        secured: bool = False,
    ) -> None:
        kind = type("Calculator", (Calculator,), {"__soap_version__": version, "__binding_style__": style})
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", UserWarning)  # that HTTP is no HTTPS
            application = SoapApplication(
                service_url=f"http://localhost{PATH}",
                security_validator=Passwords() if secured else None,
                allow_plaintext_credentials=True,
            )
            application.register(kind())
        self.wsdl: str = application.get_wsdl().decode()
        self._app = WsgiSoapApp(application)

    @contextmanager
    def served(self) -> Iterator[int]:
        """Serve it on a port."""
        with make_server("127.0.0.1", 0, self._app, handler_class=_Quiet) as server:
            thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
            thread.start()
            try:
                yield server.server_port
            finally:
                server.shutdown()
                thread.join()

    async def call(self, request: Request) -> Response:
        """Answer *request*, without a network."""
        body = await request.read()
        environ: dict[str, Any] = {
            "REQUEST_METHOD": request.method,
            "PATH_INFO": request.path,
            "QUERY_STRING": request.query,
            "CONTENT_LENGTH": str(len(body)),
            "CONTENT_TYPE": request.headers.get("content-type") or "",
            "wsgi.input": io.BytesIO(body),
            **{f"HTTP_{name.upper().replace('-', '_')}": value for name, value in request.headers.items()},
        }
        head: list[tuple[str, list[tuple[str, str]]]] = []
        content = b"".join(self._app(environ, lambda status, headers: head.append((status, headers))))
        ((status, headers),) = head
        return Response(int(status.split()[0]), headers, content)


Calling = Callable[[Request], Awaitable[Response]]


class _Quiet(WSGIRequestHandler):
    def log_message(self, *_: object) -> None:
        pass
