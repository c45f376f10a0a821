"""Code that the proxy runs while it is measured: what people would write, as short as that."""

from __future__ import annotations

from pathlib import Path
from typing import Final

APPS: Final = Path(__file__).parent


def plugins(*names: str, directory: Path = APPS) -> str:
    """Return the section of the configuration that has the plugins *names*, each in a file of its own."""
    return "plugins:\n" + "".join(f"  {name}: {{file: {directory / name}.py}}\n" for name in names)
