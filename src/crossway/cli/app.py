"""The verbs of the command line, by name. Each is imported when it is used: ``--help`` is quick.

So what a verb is for stands here, and what its options mean in its own module.
"""

from __future__ import annotations

from typing import Final

from cyclopts import App

from crossway import __version__

CHECK: Final = """Say everything that is wrong with a configuration.

The exit status is 1 if anything keeps a part of it from going live; warnings do not."""
CONVERT: Final = """Write a configuration in another language, and say what of it could not be said there.

The exit status is 1 if something was refused: then nothing is written without `--lossy`."""
DIFF: Final = """Say what `crossway apply` would change, or what two revisions say differently.

The exit status is 0 if there is no difference, 1 if there is one, and 2 if that cannot be said."""
APPLY: Final = """Put every resource in some files, all at once: live on every proxy, or as if nothing had been.

The exit status is 0 once it is live, 1 if it was refused or rolled back, 3 if a part of it is in quarantine."""
EXPLAIN: Final = """Say what becomes of a request, and why; or what became of one that happened.

Nothing is sent."""
STATUS: Final = """Say how a running Crossway is doing, or what a controller would say of the objects in files.

The exit status is 1 if nobody answers, if something is wrong, or if a proxy is behind."""

CREDENTIALS: Final = "Make, list and revoke the keys and passwords of consumers."
PURGE: Final = """Have no cache give any more what it has, by URL, prefix, tag, host or route.

The exit status is 0 once every connected proxy obeys, 1 if not all of them do, and 2 if nobody could be asked."""
REPLAY: Final = """Say which requests of an access log another configuration would treat differently.

The exit status is 0 if nothing changes, 1 if something does, and 2 if that cannot be said."""

app = App(
    name="crossway",
    help="One control plane for the API gateway and the service mesh, with Envoy as its proxy.",
    version=__version__,
)
show = App(name="show", help="Show what Crossway made of a configuration.")
new = App(name="new", help="Write a plugin or an app to start from, with its test.")

app.command("crossway.cli.run:run", name="run", help="Run a gateway from a file, a directory or a store.")
app.command("crossway.cli.check:check", name="check", help=CHECK)
app.command("crossway.cli.convert:convert", name="convert", help=CONVERT)
app.command("crossway.cli.diff:diff", name="diff", help=DIFF)
app.command("crossway.cli.apply:apply", name="apply", help=APPLY)
app.command("crossway.cli.replay:replay", name="replay", help=REPLAY)
app.command("crossway.cli.explain:explain", name="explain", help=EXPLAIN)
app.command("crossway.cli.history:history", name="history", help="List the revisions, the newest first.")
app.command("crossway.cli.rollback:rollback", name="rollback", help="Bring back what an earlier revision said.")
app.command("crossway.cli.get:get", name="get", help="List resources, or show one.")
app.command("crossway.cli.delete:delete", name="delete", help="Remove one resource from every proxy.")
app.command("crossway.cli.status:status", name="status", help=STATUS)
app.command("crossway.cli.routes:routes", name="routes", help="List the routes, in the order in which they are tried.")
app.command("crossway.cli.plugins:plugins", name="plugins", help="List the plugins, and what each of them costs.")
app.command("crossway.cli.purge:purge", name="purge", help=PURGE)
app.command(show)
show.command("crossway.cli.xds:xds", name="xds", help="Show what a proxy is given.")
app.command("crossway.cli.credentials:credentials", name="credentials", help=CREDENTIALS)
app.command("crossway.cli.secrets:secrets", name="secrets", help="Put, list and delete secrets; nobody can read one.")
app.command("crossway.cli.tokens:tokens", name="tokens", help="Make, list and revoke the tokens of the admin API.")
app.command("crossway.cli.audit:audit", name="audit", help="Show the audit log, and prove it whole.")
app.command("crossway.cli.issue:issue", name="issue", help="Issue the credentials with which a proxy joins.")
app.command("crossway.cli.init:init", name="init", help="Write a commented configuration to start from.")
app.command(new)
new.command("crossway.cli.new:new_plugin", name="plugin", help="Write a plugin with settings, and its test.")
new.command("crossway.cli.new:new_app", name="app", help="Write an app, a gateway in Python, and its test.")
app.command("crossway.cli.schema:schema", name="schema", help="Print the JSON Schema of the configuration.")
app.command("crossway.cli.completion:completion", name="completion", help="Print a script for shell completion.")
