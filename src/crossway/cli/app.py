"""The verbs of the command line, by name. Each is imported when it is used: ``--help`` is quick."""

from __future__ import annotations

from cyclopts import App

from crossway import __version__

app = App(
    name="crossway",
    help="One control plane for the API gateway and the service mesh, with Envoy as its proxy.",
    version=__version__,
)

app.command("crossway.cli.run:run", name="run")
