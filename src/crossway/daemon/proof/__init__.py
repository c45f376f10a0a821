"""The proof of a change: the real Envoy is asked about what differs, and made to say which part it refuses.

`verdict` is the way of one proof: what differs (`suspects`, `cut`), made to stand without a control plane
(`stand_alone`), and the guilty found among it (`hunt`).
"""

from crossway.daemon.proof.verdict import WITHIN, Refusal, guilty_routes, prove

__all__ = ["WITHIN", "Refusal", "guilty_routes", "prove"]
