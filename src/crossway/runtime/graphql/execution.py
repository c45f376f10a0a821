"""An operation at work for one request.

Law: what waits together is asked for together. All objects that wait for the same field make one step: with `many` one
call for their keys, otherwise one for each key, and calls that are alike are made once. Fields beside each other run at
once; nothing of it outlives the request.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Final, TypeAlias

from graphql import GraphQLError
from graphql.execution.values import VariableValues

from crossway.compile.program import STEP
from crossway.model.graphql_plan import Link, Settings, Words
from crossway.runtime.composing.expressions import UnfitError, encode
from crossway.runtime.graphql.calls import Call, CallError
from crossway.runtime.graphql.planning import Asked, FieldError, Object, Place, Planned, Waiting
from crossway.runtime.handler import Call as Send
from crossway.sdk.http import MAX_BODY, BodyTooLarge, Request

MOST_BYTES: Final = MAX_BODY
"""The bytes of all answers that one operation may bring into memory."""
LARGEST: Final = 64 * 2**20
"""The bytes that the answer could have: all that was read, as often as the operation repeats it."""
MOST_ERRORS: Final = 100
"""The errors that an answer lists; there may be one for each object of a list."""


class Execution:
    """What is known while one operation is executed."""

    def __init__(
        self,
        settings: Settings,
        calls: Mapping[str, Call],
        send: Send,
        forwarded: list[tuple[str, str]],
        variables: VariableValues,
        *,
        is_traced: bool = False,
    ) -> None:
        self.errors: list[dict[str, object]] = []
        self.waiting: list[Waiting] = []
        self._settings, self._calls, self._send = settings, calls, send
        self._forwarded, self._variables, self._is_traced = forwarded, variables, is_traced
        self._slots = asyncio.Semaphore(settings.parallel)
        self._deadline = asyncio.get_running_loop().time() + settings.timeout
        self._made: dict[tuple[str, str, bytes], asyncio.Future[tuple[object, int]]] = {}
        """The calls that only read, by service, target and body."""
        self._count = self._read = self._told = self._failures = 0

    async def run(self, planned: Planned) -> Object:
        """Return the data."""
        data: Object = dict.fromkeys(planned.names)
        for name in planned.typenames:
            data[name] = planned.typename
        waiting: list[Waiting] = [(asked, {}, data, None) for asked in planned.asked]
        if planned.is_mutation:
            for one in waiting:  # one after the other, each with all that belongs to it (section 6.2.2)
                await self._all([one])
        else:
            await self._all(waiting)
        return data

    def fail(self, error: FieldError) -> None:
        """Take note of an error whose place is null."""
        self._failures += 1
        if len(self.errors) < MOST_ERRORS:
            self.errors.append(error.told())

    async def _all(self, waiting: list[Waiting]) -> None:
        """Give each place that waits its value, and all that waits within."""
        steps: dict[Asked, list[Waiting]] = {}
        for one in waiting:
            steps.setdefault(one[0], []).append(one)
        if len(steps) == 1:
            await self._step(*steps.popitem())
            return
        async with asyncio.TaskGroup() as group:
            for asked, its in steps.items():
                group.create_task(self._step(asked, its))

    async def _step(self, asked: Asked, waiting: list[Waiting]) -> None:
        """Ask for one field of all objects that wait for it, and give them what came."""
        link = asked.field.link
        found: list[_Found]
        try:
            arguments = self._arguments(asked)
            if link is None:
                found = [(waiting, _good(await self._outcome(asked, arguments)))]
            elif link.batch:
                found = await self._batch(asked, link, arguments, waiting)
            else:
                found = await self._each(asked, link, arguments, waiting)
        except CallError as error:
            self._refuse(asked, waiting, error)
            return
        following: list[Waiting] = []
        self.waiting = following
        complete, name = asked.complete, asked.name
        for places, value in found:
            if value is None:
                continue
            _, _, made, place = places[0]
            mark, failures = len(following), self._failures
            try:
                made[name] = complete(value, (place, name), self)
            except FieldError as error:
                del following[mark:]
                self.fail(error)
            if len(places) > 1:
                self._repeat(asked, places, value, is_same=asked.is_last and failures == self._failures)
        if following:
            await self._all(following)

    def _arguments(self, asked: Asked) -> Object:
        try:
            return asked.arguments(self._variables)
        except GraphQLError as error:  # null, by a variable that has a default
            raise CallError("BAD_USER_INPUT", error.message) from None

    def _repeat(self, asked: Asked, places: list[Waiting], value: object, *, is_same: bool) -> None:
        """Put what the first of several *places* has to the others; if it *is_same*, what was made of it."""
        first, *others = places
        try:
            self._tell(len(encode(value)) * asked.copies * len(others))
        except CallError as error:
            self._refuse(asked, others, error)
            return
        for _, _, made, place in others:
            mark = len(self.waiting)
            try:
                here = (place, asked.name)
                made[asked.name] = first[2][asked.name] if is_same else asked.complete(value, here, self)
            except FieldError as error:
                del self.waiting[mark:]
                self.fail(error)

    def _refuse(self, asked: Asked, places: list[Waiting], error: CallError) -> None:
        """Leave *places* null: the call for them has failed."""
        for _, _, _, place in places:
            here: Place = (place, asked.name)
            self.fail(FieldError(error.message, here, error.code, service=self._source(asked), **error.more))

    async def _each(self, asked: Asked, link: Link, arguments: Object, waiting: list[Waiting]) -> list[_Found]:
        """Return what the objects are given, by one call for each key."""
        wanted: dict[bytes, list[Waiting]] = {}
        given: list[Object] = []
        for one in waiting:
            values = {name: follow(one[1], words) for name, words in link.arguments.items()}
            if None in values.values():
                continue
            places = wanted.setdefault(encode(values), [])
            if not places:
                given.append({**arguments, **values})
            places.append(one)
        found: list[_Found] = []
        for places, outcome in zip(wanted.values(), await self._outcomes(asked, given), strict=True):
            if isinstance(outcome, CallError):
                self._refuse(asked, places, outcome)
            else:
                found.append((places, follow(outcome, link.items)))
        return found

    async def _batch(self, asked: Asked, link: Link, arguments: Object, waiting: list[Waiting]) -> list[_Found]:
        """Return what the objects are given, by calls for the keys of many. Raises `CallError` if one of them fails."""
        words = link.arguments[link.batch]
        sent: dict[str, object] = {}
        """What is sent for each key: services may write the same one as a number and as a text."""
        wanted: dict[str, list[Waiting]] = {}
        several: list[tuple[Waiting, list[str]]] = []
        """Objects that have a list of keys, where they may."""
        for one in waiting:
            value = follow(one[1], words)
            if (key := _key(value)) is not None:
                if key in wanted:
                    wanted[key].append(one)
                else:
                    wanted[key] = [one]
                    sent[key] = value
            elif link.is_list and isinstance(value, list):
                its = {key: item for item in value if (key := _key(item)) is not None}
                several.append((one, list(its)))
                sent |= its
        values = list(sent.values())
        chunks = [values[start : start + link.size] for start in range(0, len(values), link.size)]
        outcomes = await self._outcomes(asked, [{**arguments, link.batch: chunk} for chunk in chunks])
        items = [item for outcome in outcomes for item in self._items(asked, link, _good(outcome))]
        if not link.is_list:
            return [(wanted.pop(key), item) for item in items if (key := _key(follow(item, link.key))) in wanted]
        by_key: dict[str, list[object]] = {key: [] for key in sent}
        for item in items:
            if (key := _key(follow(item, link.key))) in by_key:
                by_key[key].append(item)
        found: list[_Found] = [(places, by_key[key]) for key, places in wanted.items()]
        return found + [([one], [item for key in its for item in by_key[key]]) for one, its in several]

    def _items(self, asked: Asked, link: Link, answer: object) -> list[object]:
        items = follow(answer, link.items)
        if isinstance(items, list):
            return items
        message = f"The service {self._source(asked)} gave no list of items."
        raise CallError("DOWNSTREAM_SERVICE_MALFORMED", message)

    async def _outcomes(self, asked: Asked, given: list[Object]) -> list[object]:
        """Return what the calls with all that is *given* come to, in their order: a value or a `CallError` each."""
        if len(given) < 2:
            return [await self._outcome(asked, arguments) for arguments in given]
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(self._outcome(asked, arguments)) for arguments in given]
        return [task.result() for task in tasks]

    async def _outcome(self, asked: Asked, arguments: Object) -> object:
        """Return what a call comes to: a value, or a `CallError`."""
        call = self._calls[asked.field.operation]
        try:
            value, size = await self._ask(call, arguments)
            self._tell(size * asked.copies)
        except CallError as error:
            return error
        except UnfitError as error:
            return _unfit(error)
        except TimeoutError:
            message = f"The answer of the service {call.operation.source} did not come in time."
            return CallError("DOWNSTREAM_SERVICE_TIMEOUT", message)
        except BodyTooLarge:
            message = f"The answer of the service {call.operation.source} is too large."
            return CallError("DOWNSTREAM_SERVICE_TOO_LARGE", message)
        except ConnectionError:
            message = f"The service {call.operation.source} gave no answer, or not all of it."
            return CallError("DOWNSTREAM_SERVICE_UNAVAILABLE", message)
        return value

    async def _ask(self, call: Call, arguments: Object) -> tuple[object, int]:
        """Return what *call* answers, and the bytes of that. Calls that only read and are alike are made once."""
        request = call.request(arguments, self._forwarded)
        if not call.is_safe:
            return await self._exchange(call, request)
        key = (call.service, request.target, request.body)
        if (there := self._made.get(key)) is not None:
            return await asyncio.shield(there)
        promise = self._made[key] = asyncio.get_running_loop().create_future()
        try:
            found = await self._exchange(call, request)
            promise.set_result(found)
        except (CallError, UnfitError, TimeoutError, BodyTooLarge, ConnectionError) as error:
            promise.set_exception(error)
            promise.exception()  # marks it as seen: there may be no other caller
            raise
        finally:
            if not promise.done():
                promise.cancel()
        return found

    async def _exchange(self, call: Call, request: Request) -> tuple[object, int]:
        self._count += 1
        if self._count > self._settings.max_calls:
            most = self._settings.max_calls
            raise CallError("CALL_LIMIT_EXCEEDED", f"The operation leads to more than {most} calls.", maximum=most)
        if self._is_traced:
            request.headers.add(STEP, call.operation.source)
        async with asyncio.timeout_at(self._deadline), self._slots:
            response = await self._send(call.service, request)
            size = len(await response.read(self._settings.max_body))
        self._read += size
        if self._read > MOST_BYTES:
            raise BodyTooLarge(f"all answers have more than {MOST_BYTES} bytes", 502)
        return call.value(response), size

    def _tell(self, size: int) -> None:
        """Count *size* bytes that the answer may have."""
        self._told += size
        if self._told > LARGEST:
            raise CallError("ANSWER_TOO_LARGE", f"The answer could have more than {LARGEST} bytes.", maximum=LARGEST)

    def _source(self, asked: Asked) -> str:
        return self._calls[asked.field.operation].operation.source


_Found: TypeAlias = "tuple[list[Waiting], object]"
"""What waits for the same, and what that is."""


def follow(value: object, words: Words) -> object:
    """Return what stands at *words* within *value*; `None` if there is nothing."""
    for word in words:
        value = value.get(word) if type(value) is dict else None
    return value


def _key(value: object) -> str | None:
    """Return a key as it is compared; `None` for what is none."""
    kind = type(value)
    return value if kind is str else str(value) if kind is int else None  # type: ignore[return-value]


def _good(outcome: object) -> object:
    """Return what a call came to; raise it if that is an error."""
    if isinstance(outcome, CallError):
        raise outcome
    return outcome


def _unfit(error: UnfitError) -> CallError:
    return CallError("BAD_USER_INPUT", f"The call cannot be made: {error}.")
