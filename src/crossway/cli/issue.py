"""``crossway issue``: the credentials with which a proxy joins a control plane."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from crossway.cli.terminal import say
from crossway.identity.authority import Authority


def issue(
    name: str,
    /,
    *,
    out: Path,
    gateway: Annotated[tuple[str, ...], Parameter(negative="")] = (),
    state: Path = Path(".crossway"),
) -> None:
    """Issue the credentials with which a proxy joins, on the machine of the control plane.

    Parameters
    ----------
    name
        The name of the proxy; its certificate says it.
    out
        The directory to write them to: `tls.crt`, `tls.key` and `ca.crt`.
    gateway
        A gateway that the proxy may serve, and be given the keys of; may be given several times. All without it.
    state
        The directory that the control plane was given as its --state.

    """
    Authority.open(state / "authority").issue_client(name, gateways=gateway).save(out)
    say(f"wrote the credentials of {name} to {out}; whoever has them can join as {name}, so move them safely")
    say(f"next, on its machine: crossway run --role proxy --join CONTROL:7443 --credentials {out}")
