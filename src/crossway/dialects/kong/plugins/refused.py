"""Plugins that cannot be said, each with the reason: what they hold for is closed.

Those that only watch close nothing: without them the requests are the same, and nobody is told of them.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Final

from crossway.dialects.contract import Ignored, Refused
from crossway.dialects.kong.plugin import SILENT, Kind, Plugin, Said
from crossway.memo import Read

_LUA: Final = "code in Lua is not run; write a plugin in Python"
_AI: Final = "requests to language models are not shaped here"
_ENTERPRISE: Final = "it is of Kong Enterprise, and has no counterpart here"

_GUARDS: Final[Mapping[str, str]] = {
    "pre-function": _LUA,
    "post-function": _LUA,
    "serverless-functions": _LUA,
    "exit-transformer": _LUA,
    "aws-lambda": "functions of a cloud are no services; call them by their URL",
    "azure-functions": "functions of a cloud are no services; call them by their URL",
    "oauth2": "tokens of Kong are not read; write the policies oauth2_server and oauth2, with the URL of the server",
    "hmac-auth": "it signs as an expired draft says; the policy hmac_signature is for RFC 9421",
    "oauth2-introspection": _ENTERPRISE,
    "openid-connect": "write the policy oidc, or jwt, with what the provider needs",
    "saml": _ENTERPRISE,
    "jwt-signer": _ENTERPRISE,
    "vault-auth": _ENTERPRISE,
    "opa": "write the policy ext_authz with the service of OPA",
    "forward-proxy": _ENTERPRISE,
    "mocking": _ENTERPRISE,
    "degraphql": _ENTERPRISE,
    "graphql-proxy-cache-advanced": _ENTERPRISE,
    "graphql-rate-limiting-advanced": _ENTERPRISE,
    "request-validator": "write the policy transform, which checks bodies by a schema",
    "oas-validation": "write the policy transform, which checks bodies by a schema",
    "route-by-header": "write a route for each value of the header",
    "websocket-validator": _ENTERPRISE,
    "websocket-size-limit": _ENTERPRISE,
    "xml-threat-protection": _ENTERPRISE,
    "json-threat-protection": _ENTERPRISE,
    "injection-protection": _ENTERPRISE,
    "rate-limiting-advanced": "write the policy rate_limit, or quota for limits of single consumers",
    "request-transformer-advanced": "write the policies headers, rewrite and transform",
    "response-transformer-advanced": "write the policies headers and transform",
    "proxy-cache-advanced": "write the policy cache",
    "response-ratelimiting": "what a request costs is not read from answers; write the policy quota",
    "session": "the policy oidc keeps sessions of its own",
    "acme": "certificates are asked for where Crossway is started; see the how-to on TLS",
    "grpc-gateway": "write the policy grpc_json with the compiled descriptors",
    "request-callout": "write the policy ext_authz, or compose",
    "canary": "write two backends with their weights",
    "upstream-timeout": "write the policy timeout",
    "tls-handshake-modifier": "the listener asks for certificates of clients",
    "tls-metadata-headers": "write the policy mtls",
    "mtls-auth": "write a listener that asks for certificates, and the policy mtls",
    "header-cert-auth": "write a listener that asks for certificates, and the policy mtls",
    "key-auth-enc": "write the policy api_key",
    "ldap-auth-advanced": "write the policy ldap",
    "standard-webhooks": "signatures of webhooks are not checked; write a plugin in Python",
    "redirect": "write a route with a redirect",
    "jq": "write the policy transform",
    "kafka-upstream": _ENTERPRISE,
    "confluent": _ENTERPRISE,
    "confluent-consume": _ENTERPRISE,
    "solace-upstream": _ENTERPRISE,
    "application-registration": _ENTERPRISE,
    "konnect-application-auth": _ENTERPRISE,
    **dict.fromkeys(
        (
            "ai-proxy",
            "ai-proxy-advanced",
            "ai-prompt-decorator",
            "ai-prompt-guard",
            "ai-prompt-template",
            "ai-request-transformer",
            "ai-response-transformer",
            "ai-semantic-cache",
            "ai-semantic-prompt-guard",
            "ai-rate-limiting-advanced",
            "ai-azure-content-safety",
            "ai-aws-guardrails",
            "ai-sanitizer",
            "ai-prompt-compressor",
            "ai-rag-injector",
            "ai-mcp-proxy",
            "ai-mcp-oauth2",
        ),
        _AI,
    ),
}
_LOG: Final = "the policy access_log of the gateway writes to files and to collectors of OpenTelemetry"
_WATCHES: Final[Mapping[str, str]] = {
    "http-log": _LOG,
    "tcp-log": _LOG,
    "udp-log": _LOG,
    "syslog": _LOG,
    "loggly": _LOG,
    "kafka-log": _LOG,
    "solace-log": _LOG,
    "statsd": "metrics are read by Prometheus; see the policy metrics",
    "statsd-advanced": "metrics are read by Prometheus; see the policy metrics",
    "datadog": "metrics are read by Prometheus, and traces go to collectors of OpenTelemetry",
    "app-dynamics": "traces go to collectors of OpenTelemetry",
}


class Unknown(Plugin):
    """A plugin that nobody knows here, such as one of the user's own."""

    name: Annotated[str | None, Refused("nothing is known of this plugin")] = None
    config: Annotated[Any, Ignored("the plugin is refused as a whole")] = None


def _schema(why: str) -> type[Plugin]:
    class RefusedPlugin(Plugin):
        """A plugin that is known, and cannot be said."""

        name: Annotated[str | None, Refused(why)] = None
        config: Annotated[Any, Ignored("the plugin is refused as a whole")] = None

    return RefusedPlugin


def _nothing(_: Read, __: Plugin) -> Said:
    return SILENT


KINDS: Final[tuple[Kind[Any], ...]] = (
    *(Kind(name, _schema(why), _nothing) for name, why in _GUARDS.items()),
    *(Kind(name, _schema(why), _nothing, guards=False) for name, why in _WATCHES.items()),
)
