"""Replay: what a configuration would do with the requests of an access log, and what another one does.

A day of requests, and a configuration that nobody has run yet: each request is routed in the configuration that ran and
in the one in question, and what comes out differently is counted, with examples. Law: what the log does not say is
taken from the evidence in it, or the request is counted as undecided; nothing is guessed.
"""

from crossway.daemon.replay.run import Replay
from crossway.daemon.replay.side import Side
from crossway.daemon.replay.tally import Tally

__all__ = ["Replay", "Side", "Tally"]
