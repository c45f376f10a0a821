"""How a request says who sent it, once that was found out: to other policies, to logs and to backends.

Law: what stands in these headers behind the stage of authentication is the gateway's word. Clients cannot write them:
they are taken off every request at the edge, before a route is looked up.
"""

from __future__ import annotations

from typing import Final

from crossway.compile import program

CONSUMER: Final = "x-consumer-username"
"""The name of the consumer."""
GROUPS: Final = "x-consumer-groups"
"""The groups of the consumer, separated by commas without spaces."""
TAGS: Final = "x-consumer-tags"
"""The tags of the consumer, in the same form."""
PLAN: Final = "x-consumer-plan"
"""The usage plan of the consumer."""
CREDENTIAL: Final = "x-credential-identifier"
"""Which of the consumer's credentials was shown."""
HEADERS: Final = (CONSUMER, GROUPS, TAGS, PLAN, CREDENTIAL)

CLIENT: Final = "x-crossway-client"
"""How one stage of authentication tells the next whom it recognised; no backend sees it."""
SOLE: Final = "x-crossway-sole-client"
"""The same from the only method of a route, which spares the next stage a look at what others say."""
USER: Final = "x-crossway-user"
"""The same for a name that still has to be looked up."""
SIGNED: Final = "x-crossway-signed"
"""The same for whoever signed the request."""
LISTED: Final = "x-crossway-listed"
"""The same for whoever a directory knows."""
RESERVED: Final = (*HEADERS, CLIENT, SOLE, USER, SIGNED, LISTED, *program.RESERVED)
"""What is taken off every request at the edge."""

CLAIMS: Final = ("envoy.filters.http.jwt_authn", "claims")
"""Where the claims of a verified token are among the dynamic metadata: the namespace, and the key below it."""
