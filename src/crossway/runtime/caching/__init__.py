"""The HTTP cache: RFC 9111 as a shared cache, in the memory of each proxy and in a store that all of them share."""

from crossway.runtime.caching.handler import cache
from crossway.runtime.caching.memory import Memory, memory_here

__all__ = ["Memory", "cache", "memory_here"]
