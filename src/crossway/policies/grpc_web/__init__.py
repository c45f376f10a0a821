"""gRPC-Web: browsers call gRPC services, which they cannot do by themselves.

The gateway speaks gRPC-Web with the browser and gRPC with the backend
(https://github.com/grpc/grpc/blob/master/doc/PROTOCOL-WEB.md).
"""

from __future__ import annotations

from collections.abc import Mapping

from pydantic import StrictBool, model_validator

from crossway.compile.contract import ROUTE_TARGETS, Fragment, Policy, Site, Stage, Target
from crossway.model import Spec
from crossway.protos.envoy.config.route import v3 as route_v3
from crossway.protos.envoy.extensions.filters.http.grpc_web import v3 as grpc_web_v3


class GrpcWeb(Spec):
    """Translate gRPC-Web for backends. In one line, `grpc_web: false` hands it to a backend that speaks it itself.

    It is translated where nothing is said and a service of the route may speak HTTP/2, which gRPC needs: a service that
    only has HTTP/1.1 always gets gRPC-Web as it came. A browser on another site needs `cors` as well.
    """

    enabled: StrictBool = True
    """Whether gRPC-Web is translated. `true` takes back a `false` from farther away."""

    short_forms = ("enabled",)

    @model_validator(mode="before")
    @classmethod
    def _read(cls, value: object) -> object:
        return value if isinstance(value, Mapping) else {"enabled": value}


def compile_grpc_web(spec: GrpcWeb, site: Site) -> Fragment:
    """Return the filter switched on, where there is somebody to translate for."""
    if not (spec.enabled and site.http2):
        return Fragment()
    on = route_v3.FilterConfig()
    on.config.SetInParent()
    return Fragment(per_route={"grpc_web": on})


POLICY = Policy(
    spec=GrpcWeb,
    stage=Stage.EDGE,
    applies=Target.ROUTE,
    targets=ROUTE_TARGETS,
    compile=compile_grpc_web,
    default=GrpcWeb(),
    filters={"grpc_web": grpc_web_v3.GrpcWeb()},
)
