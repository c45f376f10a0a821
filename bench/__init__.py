"""Benchmarks: what Crossway costs, side by side with a hand-written Envoy and with its peers, in one run.

Law: a figure means something only beside another one of the same run. So rivals take turns on one machine, the CPU of
their processes is divided by what they got done, and nothing here is ever asserted by a test.
"""
