"""Safe paths: one resource has one path before routes, access control and backends see it.

A path that a gateway reads one way and a backend another is how access control is walked around.
"""

from __future__ import annotations

import enum
from typing import Final

from crossway.compile.contract import LISTENER_TARGETS, Fragment, Policy, Site, Stage, Target
from crossway.model import Spec
from crossway.protos.envoy.extensions.filters.network.http_connection_manager import v3 as hcm_v3
from crossway.protos.google import protobuf


class EscapedSlashes(enum.StrEnum):
    """What becomes of a path with an escaped slash: `%2F` or `%5C`."""

    REJECT = "reject"
    """Refuse it with 400."""
    REDIRECT = "redirect"
    """Send the client to the path with the slash unescaped (307); a gRPC call is refused."""
    UNESCAPE = "unescape"
    """Go on with the slash unescaped."""
    KEEP = "keep"
    """Leave it. The backends must then read the path as the gateway does."""


class Paths(Spec):
    """Bring paths into normal form (RFC 3986, section 6)."""

    normalize: bool = True
    """Resolve `/./` and `/../`, turn a backslash into a slash, and unescape letters, digits, `-`, `.`, `_`, `~`."""
    merge_slashes: bool = True
    """Make one slash of several in a row."""
    escaped_slashes: EscapedSlashes = EscapedSlashes.REDIRECT
    """What becomes of a path with an escaped slash. The default makes it visible to the client, whose next request is
    then checked as what it is; `keep` is for an API that has escaped slashes in its names."""


_ACTIONS: Final = {
    EscapedSlashes.REJECT: hcm_v3.HttpConnectionManager.REJECT_REQUEST,
    EscapedSlashes.REDIRECT: hcm_v3.HttpConnectionManager.UNESCAPE_AND_REDIRECT,
    EscapedSlashes.UNESCAPE: hcm_v3.HttpConnectionManager.UNESCAPE_AND_FORWARD,
    EscapedSlashes.KEEP: hcm_v3.HttpConnectionManager.KEEP_UNCHANGED,
}


def compile_paths(spec: Paths, _site: Site) -> Fragment:
    """Return the path settings of the connection manager."""
    return Fragment(
        connection_manager=hcm_v3.HttpConnectionManager(
            normalize_path=protobuf.BoolValue(value=spec.normalize),
            merge_slashes=spec.merge_slashes,
            path_with_escaped_slashes_action=_ACTIONS[spec.escaped_slashes],
        )
    )


POLICY: Final = Policy(
    spec=Paths,
    stage=Stage.EDGE,
    applies=Target.LISTENER,
    targets=LISTENER_TARGETS,
    compile=compile_paths,
    default=Paths(),
)
