"""How a proxy has the control plane check what a client shows (`envoy.service.auth.v3`), and what it hears of it.

A method of authentication that no filter of Envoy's knows is checked by the control plane, one call for each request.
Where nobody answers, a request gets 503: nothing is let through unchecked.

Law: a proxy tells what is asked of a route, and no secret. What it takes to check a credential, the control plane has.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from crossway.compile.authentication import is_lenient
from crossway.compile.contract import Site
from crossway.compile.envoy import names
from crossway.model import Spec
from crossway.protos.envoy.config.core import v3 as core_v3
from crossway.protos.envoy.extensions.filters.http.ext_authz import v3 as ext_authz_v3
from crossway.protos.envoy.type import v3 as http_v3

METHOD: Final = "crossway.method"
NAMESPACE: Final = "crossway.namespace"
LENIENT: Final = "crossway.lenient"
SETTINGS: Final = "crossway.settings"
PATIENCE: Final = timedelta(seconds=2)
"""How long a request waits to be checked: long enough for the slowest method, which asks a directory."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What has to be checked of a request."""

    method: str
    """The name of the policy."""
    namespace: str
    """Whose consumers are meant."""
    lenient: bool
    """Whether a request without the credential may still pass; one that is wrong may not."""
    settings: str
    """The settings of the policy, in JSON."""


def checking() -> ext_authz_v3.ExtAuthz:
    """Return the filter that asks the control plane; it is harmless until a route says what has to be checked."""
    return ext_authz_v3.ExtAuthz(
        transport_api_version=core_v3.ApiVersion.V3,
        grpc_service=core_v3.GrpcService(
            envoy_grpc=core_v3.GrpcService.EnvoyGrpc(cluster_name=names.LIMITER), timeout=PATIENCE
        ),
        status_on_error=http_v3.HttpStatus(code=http_v3.StatusCode.ServiceUnavailable),
        encode_raw_headers=True,
        # How bodies travel is a matter of the filter, and how long they may be, of the route.
        with_request_body=ext_authz_v3.BufferSettings(max_request_bytes=1, pack_as_bytes=True),
    )


def checked(method: str, spec: Spec, site: Site, *, body: int = 0) -> ext_authz_v3.ExtAuthzPerRoute:
    """Return what has the filter ask for *method* with the settings *spec* at *site*.

    The request waits for its *body* up to so many bytes; a longer one is answered 413. With none, it is not sent.
    """
    asked = {
        METHOD: method,
        NAMESPACE: site.namespace,
        LENIENT: "yes" if is_lenient(site) else "",
        SETTINGS: spec.model_dump_json(exclude_defaults=True),
    }
    settings = ext_authz_v3.CheckSettings(context_extensions=asked)
    if body:
        settings.with_request_body.max_request_bytes = body
        settings.with_request_body.pack_as_bytes = True
    else:
        settings.disable_request_body_buffering = True
    return ext_authz_v3.ExtAuthzPerRoute(check_settings=settings)


def read(extensions: Mapping[str, str]) -> Asked:
    """Return what `checked` has a proxy ask; `ValueError` if it is nothing of ours."""
    try:
        return Asked(extensions[METHOD], extensions[NAMESPACE], bool(extensions[LENIENT]), extensions[SETTINGS])
    except KeyError as error:
        raise ValueError(f"{error.args[0]} is missing") from None
