"""A program that makes a revision, and is killed before its n-th statement or commit.

    python -m sources.store.crashing URL

For each number on its input it lets a child go to that point, and prints how that ended: `-9`, or `0` for a child that
came to its end before.
"""

import asyncio
import os
import signal
import sys
from datetime import UTC, datetime
from itertools import count

from sqlalchemy import Engine, event

from crossway.model.revision import RevisionState
from crossway.sources.store import Store
from sources.store.changing import changeset

OWNER = "crashing"


async def work(url: str, number: int) -> None:
    store = await Store.open(url, lambda: datetime.now(UTC))
    steps = count(1)

    def step(*_: object) -> None:
        if next(steps) == number:
            os.kill(os.getpid(), signal.SIGKILL)

    for moment in "before_cursor_execute", "commit":
        event.listen(Engine, moment, step)
    made = await store.propose(changeset(changed=f"text {number}", removed=None, added=f"text {number}"), OWNER)
    await store.settle(made.number, RevisionState.LIVE)


def main(url: str) -> None:
    for line in sys.stdin:
        child = os.fork()
        if child == 0:
            asyncio.run(work(url, int(line)))
            os._exit(0)
        _, status = os.waitpid(child, 0)
        print(os.waitstatus_to_exitcode(status), flush=True)


if __name__ == "__main__":
    main(sys.argv[1])
