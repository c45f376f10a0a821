"""``crossway run``: start a gateway, a control plane, or a proxy that joins one."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated, Literal

import uvloop
from cyclopts import Parameter, validators

from crossway.cli.terminal import say
from crossway.daemon.collection import without_collection
from crossway.errors import UserError

Role = Literal["all", "control", "proxy"]
Positive = Annotated[int, Parameter(validator=validators.Number(gte=1))]


def run(
    config: Path | None = None,
    /,
    *,
    role: Role = "all",
    state: Path = Path(".crossway"),
    store: Annotated[str, Parameter(env_var="CROSSWAY_STORE")] = "",
    counters: Annotated[str, Parameter(env_var="CROSSWAY_COUNTERS")] = "",
    shared_store: Annotated[str, Parameter(env_var="CROSSWAY_SHARED_STORE")] = "",
    admin: str = "127.0.0.1:7070",
    admin_certificate: Path | None = None,
    admin_key: Path | None = None,
    gateway: Annotated[tuple[str, ...], Parameter(negative="")] = (),
    listen: str = "0.0.0.0:7443",
    name: Annotated[tuple[str, ...], Parameter(negative="")] = ("localhost", "127.0.0.1"),
    join: str = "",
    credentials: Path | None = None,
    concurrency: int | None = None,
    user: str | None = None,
    drain: float = 10.0,
    zone: str = "",
    max_connections: Positive | None = None,
    max_memory: Positive | None = None,
    log_level: Literal["trace", "debug", "info", "warning", "error"] = "warning",
) -> None:
    """Run a gateway from a file, a directory or a store, and follow every change of it.

    Parameters
    ----------
    config
        The configuration: a file, or a directory of files. Without it, what is applied is kept in a store. Not for
        --role proxy, which is given it.
    role
        `all`: control plane and proxy on this machine; `control`: the first alone; `proxy`: the second alone.
    state
        The data directory: the store, the last good snapshot, and the keys of a control plane.
    store
        The store, `sqlite:///PATH` or `postgresql://USER:PASSWORD@HOST/DATABASE`; one in the data directory if not
        given. Several control planes may share one.
    counters
        Where exact limits and quotas are counted: `redis://HOST:PORT/0`, which several control planes may share, or
        `memory`. Without it, in the store.
    shared_store
        What caches and plugins of all proxies share, `redis://HOST:PORT/0`, given to each proxy. Without it, each keeps
        to its own memory.
    admin
        Address of health, readiness, metrics and the API. Empty for none but the socket in the data directory.
    admin_certificate
        The certificate of the API, which it needs on any address but loopback.
    admin_key
        The key of that certificate.
    gateway
        Serve only this gateway with the proxy here; may be given several times.
    listen
        Where a control plane waits for proxies.
    name
        A name or address under which proxies reach this control plane; may be given several times.
    join
        The address of the control plane to join.
    credentials
        What `crossway issue` wrote for this proxy.
    concurrency
        Worker threads of the proxy; one for each core without it.
    user
        The account that the proxy runs as when we are root; one without rights if not given.
    drain
        Seconds that requests under way may take when stopping.
    zone
        The zone in which the proxy stands, for zone-aware routing.
    max_connections
        Connections that clients may have to the proxy at once, to all listeners together; more are closed. Without it
        50000, or half of the file descriptors that it may open if that is less.
    max_memory
        Memory of the proxy in MiB, before it sheds load: it ends idle connections sooner, then the streams that hold
        most, then answers 503 and takes no connections. Without it, three quarters of what the machine or the
        container has.
    log_level
        How much the proxy says about itself.

    """
    # Read when gRPC is imported. Its fork handlers, which nobody needs who goes on to exec, can kill the child before.
    os.environ.setdefault("GRPC_ENABLE_FORK_SUPPORT", "false")
    with without_collection():
        from crossway.admin.doors import Tls
        from crossway.daemon.roles import RunOptions, run_all, run_control, run_proxy

    if (admin_certificate is None) != (admin_key is None):
        raise UserError("--admin-certificate and --admin-key come together")
    options = RunOptions(
        state=state,
        store=store,
        counters=counters,
        shared_store=shared_store,
        admin=admin,
        admin_tls=Tls(admin_certificate, admin_key) if admin_certificate and admin_key else None,
        gateways=gateway,
        concurrency=concurrency,
        user=user,
        drain_seconds=drain,
        zone=zone,
        max_connections=max_connections,
        max_memory=max_memory,
        log_level=log_level,
    )
    if role == "proxy":
        if not join or credentials is None or config is not None:
            raise UserError("a proxy takes --join and --credentials, and no configuration of its own")
        work = run_proxy(join, credentials, options, say)
    elif config is not None and store:
        raise UserError("run either a file or a store: to bring a file into a store, `crossway apply` it")
    elif role == "control":
        work = run_control(config, options, listen, name, say)
    else:
        work = run_all(config, options, say)
    uvloop.run(work)
