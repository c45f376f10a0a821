"""Asks Envoy itself whether it would accept a configuration: ``--mode validate``, in 0.05 s, without serving.

https://www.envoyproxy.io/docs/envoy/v1.39.3/operations/cli#cmdoption-mode
"""

from __future__ import annotations

import asyncio
import json
import re
import signal
import subprocess
import tempfile
from collections.abc import Mapping

from google.protobuf.message import Message

from crossway.errors import RemoteError
from crossway.fleet.binary import envoy_binary
from crossway.fleet.bootstrap import runtime
from crossway.protos import pack, type_url
from crossway.protos.envoy.config.bootstrap import v3 as bootstrap_v3
from crossway.protos.envoy.config.cluster import v3 as cluster_v3
from crossway.protos.envoy.config.core import v3 as core_v3
from crossway.protos.envoy.config.listener import v3 as listener_v3
from crossway.protos.envoy.config.route import v3 as route_v3
from crossway.protos.envoy.extensions.bootstrap.internal_listener import v3 as internal_listener_v3
from crossway.protos.envoy.extensions.filters.http.dynamic_modules import v3 as python_v3
from crossway.protos.envoy.extensions.filters.http.router import v3 as router_v3
from crossway.protos.envoy.extensions.filters.network.http_connection_manager import v3 as hcm_v3
from crossway.protos.envoy.extensions.transport_sockets.tls import v3 as tls_v3

TOO_LONG = 30.0
PYTHON = type_url(python_v3.DynamicModuleFilter)
NOISE = (
    # Once for each level between the path of a field and what is wrong with it.
    (re.compile(": embedded message failed validation \\| caused by "), " > "),
    # The whole document, after what is wrong with it.
    (re.compile(r"(?<=\)): \{.*", re.DOTALL), ""),
    # What an extension is configured with, key by key, after its name.
    (re.compile(r"\s+typed_config \{.*", re.DOTALL), ""),
    # What protobuf puts before a message it prints, so that nobody parses it.
    (re.compile(r"goo\.gle/debug\w*\s+"), ""),
)


class TookTooLong(RemoteError):  # noqa: N818 - it is what happened
    """Envoy had not answered when the time was up."""


def validate(config: bootstrap_v3.Bootstrap | Mapping[str, object], within: float = TOO_LONG) -> str | None:
    """Return what Envoy has against *config*, a bootstrap with static resources, or None if it accepts it.

    The text is Envoy's own, cut down to the sentence that tells; it quotes nothing of the configuration but what it
    complains about. A mapping is proto3 JSON. `TookTooLong` if Envoy says nothing for *within* seconds, and another
    `RemoteError` if it crashes: neither says anything about the configuration.
    """
    # Envoy reads protobuf's own form three times as fast as JSON, and nothing has to be turned into dicts for it.
    if isinstance(config, Message):
        form, content = ".pb", config.SerializeToString()
    else:
        form, content = ".json", json.dumps(config).encode()
    with tempfile.NamedTemporaryFile(suffix=form, prefix="crossway-") as file:
        file.write(content)
        file.flush()
        try:
            checked = subprocess.run(
                [
                    str(envoy_binary()),
                    *("--mode", "validate", "--config-path", file.name),
                    *("--concurrency", "1", "--log-level", "critical", "--disable-hot-restart"),
                ],
                capture_output=True,
                text=True,
                errors="replace",
                check=False,
                timeout=within,
            )
        except subprocess.TimeoutExpired:
            raise TookTooLong(f"Envoy did not say within {within:.3g} s whether it takes the configuration.") from None
        except OSError as error:
            raise RemoteError(f"Envoy cannot be started to validate the configuration: {error.strerror}.") from error
        match checked.returncode:
            case 0:
                return None
            case died if died < 0:
                raise RemoteError(f"Envoy was ended by {_signal(-died)} while it validated the configuration.")
            case _:
                return telling_line(checked.stderr).replace(file.name, "the configuration")


async def validate_async(config: bootstrap_v3.Bootstrap | Mapping[str, object]) -> str | None:
    """Do as `validate`, without holding up the event loop."""
    return await asyncio.to_thread(validate, config)


def static(*resources: Message) -> bootstrap_v3.Bootstrap:
    """Return a bootstrap that holds *resources*: listeners, clusters, secrets, route configurations and HTTP filters.

    A route configuration is put into a listener of its own, and so is a filter. Names that would be asked for by ADS
    are not: a listener that takes its routes by RDS is accepted, whatever the routes.
    """
    bootstrap = bootstrap_v3.Bootstrap(
        node=core_v3.Node(id="validate", cluster="validate"),
        layered_runtime=runtime(),
        bootstrap_extensions=[_extension("envoy.bootstrap.internal_listener", internal_listener_v3.InternalListener())],
    )
    held = bootstrap.static_resources
    for resource in resources:
        match resource:
            case listener_v3.Listener():
                held.listeners.append(resource)
            case cluster_v3.Cluster():
                held.clusters.append(resource)
            case tls_v3.Secret():
                held.secrets.append(resource)
            case route_v3.RouteConfiguration():
                held.listeners.append(_serving(resource))
            case core_v3.TypedExtensionConfig() if resource.typed_config.type_url == PYTHON:
                pass  # it would run here what people wrote; whether that loads was found out in a process for it
            case core_v3.TypedExtensionConfig():
                held.listeners.append(_serving(route_v3.RouteConfiguration(name=resource.name), resource))
            case _:
                raise TypeError(f"a bootstrap cannot hold a {resource.DESCRIPTOR.full_name}")
    return bootstrap


def telling_line(output: str) -> str:
    """Return the sentence of what Envoy wrote when it refused a configuration, without its wrapping.

    Envoy may quote the whole configuration, private keys and all, before that sentence or after it; that is cut off.
    """
    reason = output.rpartition("error initializing configuration '")[2].partition("': ")[2] or output
    if reason.startswith("goo.gle/debug"):
        _, found, sentence = reason.rpartition("\n: ")
        reason = sentence if found else ""
    for noise, instead in NOISE:
        reason = noise.sub(instead, reason)
    return " ".join(reason.split()) or "Envoy refused the configuration without a word"


def _signal(number: int) -> str:
    return signal.Signals(number).name if number in set(signal.Signals) else f"signal {number}"


def _extension(name: str, config: Message) -> core_v3.TypedExtensionConfig:
    return core_v3.TypedExtensionConfig(name=name, typed_config=pack(config))


def _serving(routes: route_v3.RouteConfiguration, *filters: core_v3.TypedExtensionConfig) -> listener_v3.Listener:
    router = hcm_v3.HttpFilter(name="envoy.filters.http.router", typed_config=pack(router_v3.Router()))
    before = [hcm_v3.HttpFilter(name=one.name, typed_config=one.typed_config) for one in filters]
    manager = hcm_v3.HttpConnectionManager(stat_prefix="validate", route_config=routes, http_filters=[*before, router])
    http = listener_v3.Filter(name="envoy.filters.network.http_connection_manager", typed_config=pack(manager))
    return listener_v3.Listener(
        name=f"validate {routes.name}",
        internal_listener=listener_v3.Listener.InternalListenerConfig(),
        filter_chains=[listener_v3.FilterChain(filters=[http])],
    )
