"""Exact limits: requests are counted in one place, for all proxies, before they are let through.

What a limit is, the proxy says with each request: see `crossway.compile.limits`, which makes and reads descriptors::

    from crossway.compile import limits

    POLICY.filters = {"rate_limit.exact": limits.service("rate_limit", deny_on_failure=False)}
    per_route = {"rate_limit.exact": ratelimit_v3.RateLimitPerRoute(rate_limits=[
        limits.limit("orders/rate_limit#0", Rate.parse("5/minute"), [limits.by_header(CONSUMER, identity.CONSUMER)]),
    ])}

The first argument of `limits.limit` is the name of the counter: ``<route>/<policy>#<index>`` where a route is limited
for itself. A window is one of the calendar in UTC (fixed windows, as Envoy's own service and Kong have them), so that
all control planes agree on it: at its edge, up to twice the rate can pass in a short time. A request that one limit
refuses is counted by none.

Every answer has ``ratelimit`` and ``ratelimit-policy`` for all limits, and ``x-ratelimit-limit``, ``-remaining`` and
``-reset`` (seconds) for the one with the fewest requests left; from the domain ``quota`` these three are called
``x-quota-...`` and tell of the longest window. An exhausted limit goes before the others, and a refusal has
``retry-after`` too. In any other domain (``RateLimitPerRoute.domain``), ``retry-after`` is all that a client is told.
"""
