"""``crossway issue``: the credentials with which a proxy joins a control plane."""

from __future__ import annotations

from pathlib import Path

from crossway.cli.terminal import say
from crossway.identity.authority import Authority


def issue(name: str, /, *, out: Path, state: Path = Path(".crossway")) -> None:
    """Issue the credentials with which a proxy joins, on the machine of the control plane.

    Parameters
    ----------
    name
        The name of the proxy; its certificate says it.
    out
        The directory to write them to: `tls.crt`, `tls.key` and `ca.crt`.
    state
        The directory that the control plane was given as its --state.

    """
    Authority.open(state / "authority").issue_client(name).save(out)
    say(f"wrote the credentials of {name} to {out}; whoever has them can join as {name}, so move them safely")
    say(f"next, on its machine: crossway run --role proxy --join CONTROL:7443 --credentials {out}")
