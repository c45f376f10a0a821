"""Delta ADS, both halves.

What the proxies are to have stands in `snapshot`; what is said to one of them, and when, is decided in `subscription`
and `protocol`, which do no io and know no clock; `server`, `client` and `archive` are the shells that move the bytes.
"""
