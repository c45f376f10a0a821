"""A real LDAP directory (OpenLDAP), while a test needs one."""

import asyncio
import shutil
import subprocess
import tempfile
from importlib.util import find_spec
from pathlib import Path
from typing import Self

import pytest

from harness.ports import free_port
from harness.waiting import until

BINARY = shutil.which("slapd") or shutil.which("slapd", path="/usr/sbin:/usr/local/sbin")
SCHEMAS = Path("/etc/ldap/schema")
PATIENCE = 15.0
CONFIG = """
include {schemas}/core.schema
include {schemas}/cosine.schema
include {schemas}/inetorgperson.schema
modulepath /usr/lib/ldap
moduleload back_mdb
pidfile {folder}/pid
database mdb
suffix dc=test
directory {folder}/data
access to attrs=userPassword by anonymous auth
access to * by users read by * none
"""
ENTRIES = """
dn: dc=test
objectClass: dcObject
objectClass: organization
dc: test
o: Test

dn: ou=people,dc=test
objectClass: organizationalUnit
ou: people

dn: ou=groups,dc=test
objectClass: organizationalUnit
ou: groups

dn: uid=ada,ou=people,dc=test
objectClass: inetOrgPerson
uid: ada
cn: Ada
sn: Lovelace
userPassword: pw-of-ada

dn: uid=eve,ou=people,dc=test
objectClass: inetOrgPerson
uid: eve
cn: Eve
sn: E
userPassword: pw-of-eve

dn: cn=staff,ou=groups,dc=test
objectClass: groupOfNames
cn: staff
member: uid=ada,ou=people,dc=test

dn: cn=two words,ou=groups,dc=test
objectClass: groupOfNames
cn: two words
member: uid=ada,ou=people,dc=test

dn: cn=other,ou=groups,dc=test
objectClass: groupOfNames
cn: other
member: uid=nobody,ou=people,dc=test
"""
needed = [
    pytest.mark.skipif(BINARY is None, reason="there is no LDAP server here: install the package slapd"),
    pytest.mark.skipif(find_spec("bonsai") is None, reason="the extra ldap is not installed"),
]


class Slapd:
    """One server with two people, inside ``async with``."""

    def __init__(self) -> None:
        self.port = free_port()
        self.url = f"ldap://127.0.0.1:{self.port}"
        self._directory = tempfile.TemporaryDirectory(prefix="cw-slapd-")

    async def __aenter__(self) -> Self:
        await asyncio.to_thread(self._prepare)
        await self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.stop()
        self._directory.cleanup()

    def _prepare(self) -> None:
        folder = Path(self._directory.name)
        (folder / "data").mkdir()
        (folder / "slapd.conf").write_text(CONFIG.format(schemas=SCHEMAS, folder=folder))
        (folder / "entries.ldif").write_text(ENTRIES.lstrip())
        assert BINARY is not None
        command = [BINARY, "-T", "add", "-f", str(folder / "slapd.conf"), "-l", str(folder / "entries.ldif")]
        subprocess.run(command, check=True, capture_output=True)

    async def start(self) -> None:
        """Start it, and return when it answers."""
        assert BINARY is not None
        config = str(Path(self._directory.name) / "slapd.conf")
        self._process = await asyncio.create_subprocess_exec(
            BINARY, "-d", "0", "-h", self.url, "-f", config, stderr=asyncio.subprocess.DEVNULL
        )
        await until(self._answers, within=PATIENCE)

    async def stop(self) -> None:
        """End it."""
        if self._process.returncode is None:
            self._process.terminate()
            await self._process.wait()

    async def _answers(self) -> bool:
        try:
            _, writer = await asyncio.open_connection("127.0.0.1", self.port)
        except OSError:
            return False
        writer.close()
        return True
