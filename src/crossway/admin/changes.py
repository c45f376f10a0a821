"""Changes under way: each is made to its end, whoever is still listening.

A change runs in a task of its own and not in that of the request, so that a client that goes away, or did not mean to
wait, leaves no change half made. The task hands on what the desk says, and writes the audit entry.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Final

from crossway.admin.audit import Audit, Entry
from crossway.admin.desk import Applied, State, Step, StepName, Tell
from crossway.admin.problems import Say
from crossway.errors import RemoteError, Unavailable, UserError

STOPPING: Final = "the control plane stops; the history says what became of the change"

Change = Callable[[Tell], Awaitable[Applied]]
"""Makes a change: what the desk does."""
_Heard = asyncio.Queue[Step | Applied | Exception]


class Changes:
    """Makes changes from `start` to `stop`."""

    def __init__(self, audit: Audit, say: Say) -> None:
        self._audit = audit
        self._say = say
        self._tasks = asyncio.TaskGroup()
        self._running: set[asyncio.Task[None]] = set()
        self._stopped = False

    def make(self, change: Change, entry: Entry | None, *, wait: bool) -> AsyncIterator[Step | Applied]:
        """Begin a change; return what the desk says of it, the last thing is an `Applied`.

        With an *entry*, it is written to the audit log. Without *wait*, what is said ends once the change is pushed.
        Raises what the desk raises, and `Unavailable` without having done anything if there can be no entry.
        """
        if self._stopped:
            raise Unavailable(STOPPING)
        heard: _Heard = asyncio.Queue()
        task = self._tasks.create_task(self._run(change, entry, heard))
        self._running.add(task)
        task.add_done_callback(self._running.discard)
        return _told(heard, wait=wait)

    async def _run(self, change: Change, entry: Entry | None, heard: _Heard) -> None:
        try:
            if entry is None:
                applied = await change(heard.put_nowait)
            else:
                async with self._audit.write(entry):
                    applied = await change(heard.put_nowait)
                    entry.outcome = _outcome(applied)
            heard.put_nowait(applied)  # not before the entry: whoever hears it may end the process
        except asyncio.CancelledError:
            heard.put_nowait(Unavailable(STOPPING))
            raise
        except (UserError, RemoteError) as error:
            heard.put_nowait(error)
        except Exception as error:  # noqa: BLE001 - the supervisor of a change: another one must not end with it
            self._say(f"a change failed: {error!r}")
            heard.put_nowait(error)

    async def start(self) -> None:
        """Take changes from now on."""
        await self._tasks.__aenter__()

    async def stop(self) -> None:
        """Break off what is under way, and wait until it is."""
        self._stopped = True
        for task in self._running:
            task.cancel()
        await self._tasks.__aexit__(None, None, None)


async def _told(heard: _Heard, *, wait: bool) -> AsyncIterator[Step | Applied]:
    while True:
        item = await heard.get()
        if isinstance(item, Exception):
            raise item
        yield item
        if isinstance(item, Applied):
            return
        if item.name is StepName.PUSH and not wait:
            yield Applied(State.PENDING, None, (), ())
            return


def _outcome(applied: Applied) -> str:
    return f"revision {applied.revision}" if applied.state is State.LIVE else applied.state.value
