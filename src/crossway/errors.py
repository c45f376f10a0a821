"""The exceptions of Crossway, in one tree; each branch says who can mend it.

::

    CrosswayError
    ├── UserError      the person at the terminal: a wrong argument, a port that is taken
    ├── RemoteError    the world: a proxy, a control plane or a file system that failed
    └── Bug            us

A mistake in a configuration is none of these. It is a `crossway.model.Finding`: data, collected, never raised.
"""


class CrosswayError(Exception):
    """The root of the tree. Its text is one sentence that a person can act on."""


class UserError(CrosswayError):
    """The person who started us asked for something that cannot be done here."""


class RemoteError(CrosswayError):
    """Something outside this process failed; trying again may help."""


class Bug(CrosswayError):  # noqa: N818 - it is one, whoever catches it
    """A state that our own code promises never to reach."""
