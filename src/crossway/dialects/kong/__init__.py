"""Kong: declarative files of Kong Gateway and decK, and what the Kong Ingress Controller reads in Kubernetes."""

from typing import Any, Final

from crossway.dialects.contract import Concept, Dialect, Translate, untranslated
from crossway.dialects.kong.certificate import (
    CaCertificate,
    Certificate,
    Sni,
    translate_authority,
    translate_certificate,
)
from crossway.dialects.kong.consumer import (
    BY_CONSUMER,
    BY_MEMBER,
    CREDENTIALS,
    Consumer,
    ConsumerGroup,
    Member,
    translate_consumer,
)
from crossway.dialects.kong.controller.concepts import CONCEPTS, READERS
from crossway.dialects.kong.controller.plugin import GLOBAL_PLUGINS
from crossway.dialects.kong.entity import (
    BY_NAME,
    CA_CERTIFICATE,
    CERTIFICATE,
    CONSUMER,
    CONSUMER_GROUP,
    MEMBER,
    PLUGIN,
    ROUTE,
    SERVICE,
    SNI,
    TARGET,
    UPSTREAM,
    VAULT,
)
from crossway.dialects.kong.hosts import BY_HOST
from crossway.dialects.kong.language import KONG, VERSIONS
from crossway.dialects.kong.plugin import BY_CALLER, BY_SCOPE
from crossway.dialects.kong.plugins import KINDS, Unknown
from crossway.dialects.kong.policies import BY_SERVICE, translate_plugin
from crossway.dialects.kong.route import Route
from crossway.dialects.kong.routing import translate_route
from crossway.dialects.kong.service import Service, translate_service
from crossway.dialects.kong.upstream import BY_UPSTREAM, Target, Upstream
from crossway.dialects.kong.vault import Vault
from crossway.dialects.kubernetes.ingress import DEFAULT_CLASSES


def _concept(kind: str, schema: type[Any], translate: Translate[Any] = untranslated) -> Concept[Any]:
    return Concept(kind, schema, translate, VERSIONS)


_CONCEPTS: Final[tuple[Concept[Any], ...]] = (
    Concept(SERVICE, Service, translate_service, VERSIONS),
    Concept(ROUTE, Route, translate_route, VERSIONS),
    Concept(UPSTREAM, Upstream, versions=VERSIONS),
    Concept(TARGET, Target, versions=VERSIONS),
    Concept(CERTIFICATE, Certificate, translate_certificate, VERSIONS),
    Concept(SNI, Sni, versions=VERSIONS),
    Concept(CA_CERTIFICATE, CaCertificate, translate_authority, VERSIONS),
    Concept(CONSUMER, Consumer, translate_consumer, VERSIONS),
    Concept(CONSUMER_GROUP, ConsumerGroup, versions=VERSIONS),
    Concept(MEMBER, Member, versions=VERSIONS),
    Concept(VAULT, Vault, versions=VERSIONS),
    *(_concept(kind, schema) for kind, schema in CREDENTIALS.items()),
    Concept(PLUGIN, Unknown, translate_plugin, VERSIONS),
    *(_concept(kind.concept_kind, kind.schema, translate_plugin) for kind in KINDS.values()),
)

DIALECT: Final = Dialect(
    "kong",
    "Kong Gateway, decK and Kong Ingress Controller",
    KONG,
    (*_CONCEPTS, *CONCEPTS),
    (
        DEFAULT_CLASSES,
        BY_NAME,
        BY_SCOPE,
        BY_CALLER,
        BY_UPSTREAM,
        BY_CONSUMER,
        BY_MEMBER,
        BY_SERVICE,
        BY_HOST,
        GLOBAL_PLUGINS,
    ),
    READERS,
)
