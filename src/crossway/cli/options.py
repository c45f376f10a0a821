"""The options that many verbs have."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Final

from cyclopts import Parameter

Switch = Annotated[bool, Parameter(negative="")]
"""Off, unless its name is given."""
Many = Annotated[tuple[str, ...], Parameter(negative="")]
"""May be given several times."""
Message = Annotated[str, Parameter(name=["--message", "-m"])]
Namespace = Annotated[str, Parameter(name=["--namespace", "-n"])]
Paths = Annotated[Path, Parameter(allow_leading_hyphen=True)]
"""Files and directories; a hyphen alone is standard input."""


@Parameter(name="*")
@dataclass(frozen=True, slots=True)
class Where:
    """Which Crossway is asked."""

    state: Path = Path(".crossway")
    """The data directory of the Crossway on this machine: it is asked if it runs, else the directory itself."""
    admin: str = ""
    """Ask the one at this address instead, `host:port` or a URL, with the token in CROSSWAY_TOKEN."""
    token_file: Path | None = None
    """A file that holds the token."""
    ca: Path | None = None
    """The authority to trust for https; those of the machine without it."""


HERE: Final = Where()
"""The one on this machine, with its data in the directory where we are."""


@Parameter(name="*")
@dataclass(frozen=True, slots=True)
class Making:
    """How a change is made; its fields are those of a request for one."""

    message: Message = ""
    """What the change is for; it stands in the history."""
    dry_run: Switch = False
    """Do everything up to the validation by Envoy, and change nothing."""
    wait: Annotated[bool, Parameter(negative="--no-wait")] = True
    """Wait until the change is live."""
    timeout: str = "60s"
    """Take the change back if it is not live on every proxy after this time."""


AS_USUAL: Final = Making()
"""It is made, and waited for."""
