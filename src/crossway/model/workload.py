"""Workloads of the mesh: what holds for requests that reach them, whoever sends these."""

from __future__ import annotations

import enum
from collections.abc import Mapping
from typing import Annotated

from pydantic import Field

from crossway.model.part import Part, Policies


class Mtls(enum.StrEnum):
    """Whether clients have to show who they are: both sides of a connection prove themselves by certificates."""

    STRICT = "strict"
    """Whoever does not is refused."""
    PERMISSIVE = "permissive"
    """Whoever does is known, and others come in too."""
    DISABLED = "disabled"
    """Connections are in clear text."""


class Workload(Part):
    """What holds for workloads of the mesh, which are chosen by their labels.

    It is read and kept. There is no mesh yet that could carry it out.
    """

    labels: Mapping[str, str] = Field(default_factory=dict)
    """The workloads that carry all of these labels; without any, all of the namespace."""
    everywhere: bool = False
    """The workloads of all namespaces, not of its own alone."""
    mtls: Mtls | None = None
    """Whether clients have to show a certificate of the mesh. Without it, what a wider choice says holds."""
    ports: Mapping[Annotated[int, Field(ge=1, le=65535)], Mtls] = Field(default_factory=dict)
    """The same for single ports: `{8080: permissive}`."""
    policies: Policies = Field(default_factory=dict)
    """Policies that hold for every request to these workloads."""
