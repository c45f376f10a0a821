"""The resolved configuration: references followed, policies attached and merged, conflicts settled. Pure.

Law: precedence is decided here and nowhere else.
"""
