"""Shares of limits: what each proxy may let through, of what all of them together may.

A proxy reports what it let through and what it refused, every few seconds, and is told its share of each limit. It
never asks about a request. What is decided, and why, is in `bucket`; around it, `quotas` keeps all of them, `service`
talks to proxies (`envoy.service.rate_limit_quota.v3`), and `sharing` to other control planes, through Redis.
"""
