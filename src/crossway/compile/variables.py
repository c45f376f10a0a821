"""Variables: what a log, a tag of a trace or another text can say of a request, by the names that people write.

Law: no credential is ever said. A header or a query parameter that carries one by its name is known as a variable, and
`Variable.is_credential` says that its value stays with the gateway.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Final, NamedTuple

from crossway.compile import identity
from crossway.compile.program import UPSTREAM_FIELDS

FIELDS: Final[Mapping[str, str]] = {
    "time": "%START_TIME%",
    "request_id": "%REQ(X-REQUEST-ID)%",
    "trace_id": "%TRACE_ID%",
    "connection_id": "%CONNECTION_ID%",
    "client_ip": "%DOWNSTREAM_REMOTE_ADDRESS_WITHOUT_PORT%",
    "port": "%DOWNSTREAM_DIRECT_LOCAL_PORT%",
    "protocol": "%PROTOCOL%",
    "method": "%REQ(:METHOD)%",
    "host": "%REQ(:AUTHORITY)%",
    "path": "%PATH(NQ:ORIG_OR_PATH)%",
    "user_agent": "%REQ(USER-AGENT)%",
    "consumer": f"%REQ({identity.CONSUMER})%",
    "credential": f"%REQ({identity.CREDENTIAL})%",
    "status": "%RESPONSE_CODE%",
    "grpc_status": "%GRPC_STATUS%",
    "flags": "%RESPONSE_FLAGS%",
    "details": "%RESPONSE_CODE_DETAILS%",
    "duration_ms": "%DURATION%",
    "bytes_received": "%BYTES_RECEIVED%",
    "bytes_sent": "%BYTES_SENT%",
    "route": "%ROUTE_NAME%",
    "service": "%UPSTREAM_CLUSTER%",
    "endpoint": "%UPSTREAM_HOST%",
    "attempts": "%UPSTREAM_REQUEST_ATTEMPT_COUNT%",
    "upstream_duration_ms": "%COMMON_DURATION(US_TX_BEG:US_RX_BEG:ms)%",
    "upstream_failure": "%UPSTREAM_TRANSPORT_FAILURE_REASON%",
    "tls_version": "%DOWNSTREAM_TLS_VERSION%",
    "sni": "%REQUESTED_SERVER_NAME%",
}
"""What every line of a log says, each as Envoy's formatter writes it. A field without a value, as `method` on a TCP
connection, is null. (https://www.envoyproxy.io/docs/envoy/v1.39.3/configuration/advanced/substitution_formatter)"""

UPSTREAM: Final = " ".join(("%ROUTE_NAME%", *(FIELDS[name] for name in UPSTREAM_FIELDS), "."))
"""What the inner listener says of an answer: the route that gave it, and then each of `UPSTREAM_FIELDS`. Those may be
empty, so that there has to be something at the end."""
NOTES: Final = ("crossway.upstream", "of")
"""Where a route with Python notes, among the dynamic metadata, what has answered: the namespace, and the key below it.
Of such a route the proxy itself knows nothing more than that Python has answered."""

_COMMAND: Final = re.compile(r"%(?P<command>[A-Z_]+)(?:\((?P<param>.*)\))?%")


def first_of(*commands: str) -> str:
    """Return the command that says what the first of *commands* says that says anything."""
    matches = (_COMMAND.fullmatch(command) for command in commands)
    operators = [{name: text for name, text in one.groupdict().items() if text} for one in matches if one]
    return f"%COALESCE({json.dumps({'operators': operators})})%"


def noted(field: str) -> str:
    """Return the command that says the *field* of what has answered a route with Python."""
    return f"%DYNAMIC_METADATA({':'.join((*NOTES, field))})%"


BEHIND_PYTHON: Final[Mapping[str, str]] = {
    FIELDS[name]: first_of(noted(name), FIELDS[name]) for name in UPSTREAM_FIELDS
}
"""What says the same on a route with Python, by the command that says it on others. It costs them more to say it this
way: 700 instructions each."""

_MORE: Final[Mapping[str, str]] = {
    "client_certificate.subject": "%DOWNSTREAM_PEER_SUBJECT%",
    "client_certificate.fingerprint": "%DOWNSTREAM_PEER_FINGERPRINT_256%",
    "time.common": "%START_TIME(%d/%b/%Y:%H:%M:%S %z)%",
    "trace.span_id": "%SPAN_ID%",
}
_NAMED: Final[Mapping[str, str]] = {
    "request.headers": "%REQ({})%",
    "request.query": "%QUERY_PARAM({})%",
    "response.headers": "%RESP({})%",
}
_VARIABLE: Final = re.compile(r"(?P<kind>(?:request|response)\.headers|request\.query)\.(?P<name>[A-Za-z0-9_.~-]+)")

CREDENTIALS: Final = (
    "access_token",
    "api-key",
    "api_key",
    "apikey",
    "assertion",
    "authorization",
    "client_assertion",
    "client_secret",
    "code",
    "cookie",
    "id_token",
    "key",
    "passwd",
    "password",
    "proxy-authorization",
    "refresh_token",
    "secret",
    "set-cookie",
    "sig",
    "signature",
    "token",
    "x-amz-security-token",
    "x-amz-signature",
    "x-api-key",
    "x-auth-token",
    "x-csrf-token",
    "x-forwarded-access-token",
    "x-goog-api-key",
    "x-goog-signature",
    "x-xsrf-token",
)
"""The headers and query parameters whose values are credentials, or as good as one, in lower case."""


class Variable(NamedTuple):
    """One variable."""

    text: str
    """As people write it."""
    command: str
    """As Envoy's formatter writes it."""
    kind: str = ""
    """`request.headers`, `request.query` or `response.headers`; empty for the others."""
    name: str = ""
    """The header or query parameter, a header in lower case."""

    @property
    def is_credential(self) -> bool:
        """Whether its value is a credential, by its name."""
        return self.name.lower() in CREDENTIALS


def variable(text: str) -> Variable:
    """Return the variable that *text* means; `ValueError` if there is none."""
    command = FIELDS.get(text) or _MORE.get(text)
    if command is not None:
        return Variable(text, command)
    match = _VARIABLE.fullmatch(text)
    if match is None:
        raise ValueError(f"{text!r} is no variable; write for example request.headers.x-tenant")
    kind, name = match["kind"], match["name"]
    name = name if kind == "request.query" else name.lower()
    return Variable(f"{kind}.{name}", _NAMED[kind].format(name), kind, name)
