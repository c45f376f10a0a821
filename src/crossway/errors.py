"""The exceptions of Crossway, in one tree; each branch says who can mend it.

::

    CrosswayError
    ├── UserError      the person at the terminal: a wrong argument, a port that is taken
    │   ├── Conflict   somebody else was quicker
    │   │   └── Busy   ... and is not done yet
    │   └── NotFound   there is no such thing
    ├── RemoteError    the world: a proxy, a control plane or a file system that failed
    │   └── Unavailable  the database, for now
    └── Bug            us

A mistake in a configuration is none of these. It is a `crossway.model.Finding`: data, collected, never raised.
"""


class CrosswayError(Exception):
    """The root of the tree. Its text is one sentence that a person can act on."""


class UserError(CrosswayError):
    """The person who started us asked for something that cannot be done here."""


class Conflict(UserError):  # noqa: N818 - it is what HTTP calls it
    """A change was made from a state that is not the newest any more. The sentence says what has changed since."""


class Busy(Conflict):
    """Another change is being proven. The same request may succeed once that is done."""


class NotFound(UserError):  # noqa: N818 - it is what HTTP calls it
    """What was asked for is not there, or does not exist for whoever asks."""


class RemoteError(CrosswayError):
    """Something outside this process failed; trying again may help."""


class Unavailable(RemoteError):  # noqa: N818 - it is what HTTP calls it
    """The store cannot be reached. What is live stays live, and the next attempt may succeed."""


class Bug(CrosswayError):  # noqa: N818 - it is one, whoever catches it
    """A state that our own code promises never to reach."""
