"""The verbs of the command line, by name. Each is imported when it is used: ``--help`` is quick.

So what a verb is for stands here, and what its options mean in its own module.
"""

from __future__ import annotations

from typing import Final

from cyclopts import App

from crossway import __version__

CHECK: Final = """Say everything that is wrong with a configuration.

The exit status is 1 if anything keeps a part of it from going live; warnings do not."""
STATUS: Final = """Say how a running Crossway is doing.

The exit status is 1 if nobody answers, if something is wrong, or if a proxy is behind."""

app = App(
    name="crossway",
    help="One control plane for the API gateway and the service mesh, with Envoy as its proxy.",
    version=__version__,
)
show = App(name="show", help="Show what Crossway made of a configuration.")

app.command("crossway.cli.run:run", name="run", help="Run a gateway from a file or a directory.")
app.command("crossway.cli.check:check", name="check", help=CHECK)
app.command("crossway.cli.routes:routes", name="routes", help="List the routes, in the order in which they are tried.")
app.command(show)
show.command("crossway.cli.xds:xds", name="xds", help="Show what a proxy is given.")
app.command("crossway.cli.schema:schema", name="schema", help="Print the JSON Schema of the configuration.")
app.command("crossway.cli.status:status", name="status", help=STATUS)
app.command("crossway.cli.init:init", name="init", help="Write a commented configuration to start from.")
app.command("crossway.cli.issue:issue", name="issue", help="Issue the credentials with which a proxy joins.")
app.command("crossway.cli.completion:completion", name="completion", help="Print a script for shell completion.")
