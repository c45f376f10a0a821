"""What dialects of Kubernetes share: how objects are recognised, and services, endpoints, secrets and namespaces."""

from typing import Final

from crossway.dialects.contract import Dialect
from crossway.dialects.kubernetes.material import MATERIAL
from crossway.dialects.kubernetes.namespace import NAMESPACES
from crossway.dialects.kubernetes.objects import KUBERNETES
from crossway.dialects.kubernetes.service import BY_SERVICE, SERVICES

DIALECT: Final = Dialect(
    "kubernetes",
    "Kubernetes",
    KUBERNETES,
    (*SERVICES, *MATERIAL, *NAMESPACES),
    (BY_SERVICE,),
)
