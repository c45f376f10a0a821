"""API keys: a client shows a key, and is the consumer who has it."""

from __future__ import annotations

from typing import Annotated, Final

from google.protobuf.message import Message
from pydantic import Field, model_validator

from crossway.compile import identity
from crossway.compile.authentication import NOBODY, credentials, distinct, is_lenient, is_sole, reported
from crossway.compile.contract import (
    ROUTE_TARGETS,
    Consumers,
    Fragment,
    OfConsumers,
    Policy,
    Site,
    Stage,
    Target,
)
from crossway.model import ApiKey as Key
from crossway.model import Findings, HeaderName, Spec
from crossway.protos.envoy.config.common.mutation_rules import v3 as mutation_v3
from crossway.protos.envoy.config.core import v3 as core_v3
from crossway.protos.envoy.config.route import v3 as route_v3
from crossway.protos.envoy.extensions.filters.http.api_key_auth import v3 as api_key_v3
from crossway.protos.envoy.extensions.filters.http.header_mutation import v3 as header_mutation_v3

ANONYMOUS: Final = "x-crossway-anonymous"
"""Where the key of nobody is put where a request without a key may pass: the filter knows no other way."""
NO_KEY: Final = "crossway:anonymous"

Name = Annotated[str, Field(pattern=r"^[A-Za-z0-9!#$%&'*+.^_`|~-]+$", max_length=256)]


class ApiKey(Spec):
    """Ask for the key of a consumer, in a header, in the query or in a cookie; if none is named, in `x-api-key`.

    A request without a key that is known is answered 401. If several places are named, the first that holds a key
    counts. In `authorization` a key may stand after `Bearer`.
    """

    header: HeaderName | None = None
    """The header that holds the key."""
    query: Name | None = None
    """The parameter of the query that holds the key. Keys in URLs end up in logs and histories."""
    cookie: Name | None = None
    """The cookie that holds the key."""
    hide_credentials: bool = True
    """Take the key off the request, so that no backend sees it."""

    @model_validator(mode="after")
    def _somewhere(self) -> ApiKey:
        if self.header is None and self.query is None and self.cookie is None:
            return self.model_copy(update={"header": "x-api-key"})
        return self


def compile_api_key(spec: ApiKey, site: Site) -> Fragment:
    """Return where the key is looked for, and that it has to be there."""
    places = {"header": spec.header, "query": spec.query, "cookie": spec.cookie}
    sources = [api_key_v3.KeySource(**{kind: name}) for kind, name in places.items() if name is not None]
    per_route: dict[str, Message] = {**reported(site, "api_key", {})}
    if is_lenient(site):
        sources.append(api_key_v3.KeySource(header=ANONYMOUS))
        per_route["api_key.anonymous"] = _without_key()
    told = identity.SOLE if is_sole(site, "api_key") else identity.CLIENT
    per_route[site.of_consumers("api_key")] = api_key_v3.ApiKeyAuthPerRoute(
        key_sources=sources,
        forwarding=api_key_v3.Forwarding(header=told, hide_credentials=spec.hide_credentials),
    )
    return Fragment(per_route=per_route, route=route_v3.Route(request_headers_to_remove=[identity.SOLE]))


def _without_key() -> header_mutation_v3.HeaderMutationPerRoute:
    """Return what gives each request the key of nobody, behind the places where its own may be."""
    option = core_v3.HeaderValueOption(
        header=core_v3.HeaderValue(key=ANONYMOUS, value=NO_KEY),
        append_action=core_v3.HeaderValueOption.OVERWRITE_IF_EXISTS_OR_ADD,
    )
    mutation = header_mutation_v3.Mutations(request_mutations=[mutation_v3.HeaderMutation(append=option)])
    return header_mutation_v3.HeaderMutationPerRoute(mutations=mutation)


def _keys(consumers: Consumers) -> tuple[api_key_v3.ApiKeyAuth, Findings]:
    found = credentials(consumers, "api_key", Key)
    known, findings = distinct((credential.key.reveal(), who, twice) for credential, who, twice in found)
    known[NO_KEY] = NOBODY
    keys = [api_key_v3.Credential(key=key, client=who) for key, who in known.items()]
    source = api_key_v3.KeySource(header="x-api-key")
    return api_key_v3.ApiKeyAuth(credentials=keys, key_sources=[source]), tuple(findings)


POLICY: Final = Policy(
    spec=ApiKey,
    stage=Stage.AUTHN,
    applies=Target.ROUTE,
    targets=ROUTE_TARGETS,
    compile=compile_api_key,
    filters={"api_key.anonymous": header_mutation_v3.HeaderMutation(), "api_key": OfConsumers(_keys)},
)
