"""What dialects of Kubernetes share: how objects are recognised, services, secrets, Ingresses, own kinds."""

from typing import Final

from crossway.dialects.contract import Dialect
from crossway.dialects.kubernetes.ingress import DEFAULT_CLASSES, INGRESS_CONCEPTS
from crossway.dialects.kubernetes.material import MATERIAL
from crossway.dialects.kubernetes.namespace import NAMESPACES
from crossway.dialects.kubernetes.objects import KUBERNETES
from crossway.dialects.kubernetes.own import OWN
from crossway.dialects.kubernetes.service import BY_SERVICE, SERVICES

DIALECT: Final = Dialect(
    "kubernetes",
    "Kubernetes",
    KUBERNETES,
    (*SERVICES, *MATERIAL, *NAMESPACES, *INGRESS_CONCEPTS, *OWN),
    (BY_SERVICE, DEFAULT_CLASSES),
)
