"""A plugin that computes for 50 ms of CPU, and waits for nothing."""

import time

from crossway import Head, plugin

SECONDS = 0.05


@plugin
async def burn(head: Head) -> None:
    end = time.thread_time() + SECONDS
    number = 0
    while time.thread_time() < end:
        number = (number * 31 + 7) % 1_000_003
    head.headers["x-burnt"] = str(number)
