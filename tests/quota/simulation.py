"""Proxies as Envoy 1.39 does them, in a time that is only a number: what a fleet lets through can be computed.

A proxy reports the first request of a bucket at once, and every bucket each five seconds from then on. Its token bucket
keeps the part of its tokens that it had when it is given another size, unless it is said to be fresh.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from crossway.compile.shares import KEY, LIMITS, Limit, write
from crossway.quota.bucket import INTERVAL, Assignment
from crossway.quota.quotas import Decision, Quotas, Usage
from crossway.quota.sharing import BEAT, Exchange

STEP = 0.01


@dataclass
class Tokens:
    """Envoy's token bucket."""

    size: int
    rate: float
    tokens: float

    def advance(self, seconds: float) -> None:
        self.tokens = min(self.size, self.tokens + self.rate * seconds)

    def take(self) -> bool:
        if self.tokens < 1:
            return False
        self.tokens -= 1
        return True

    @classmethod
    def after(cls, before: "Tokens | None", assignment: Assignment) -> "Tokens":
        part = before.tokens / before.size if before and before.size and not assignment.fresh else 1.0
        return cls(assignment.tokens, assignment.rate, int(assignment.tokens * part))


@dataclass
class Proxy:
    """One proxy and the load that comes to it: requests a second, by the time."""

    name: str
    load: Callable[[float], float]
    offset: float = 0.0
    """When it first reports all of its buckets."""
    guard: Tokens | None = None
    share: Tokens | None = None
    due: float = 0.0
    allowed: int = 0
    denied: int = 0
    admitted: list[float] = field(default_factory=list)
    joined: bool = False
    waiting: float = 0.0


class Fleet:
    """Proxies that count one thing, and their control planes, which share what they know once a second."""

    def __init__(self, limit: Limit, *proxies: Proxy, delay: float = 0.0, planes: int = 1) -> None:
        """*delay* is how many seconds an assignment takes to arrive; proxies belong to the *planes* in turn."""
        self.limit = limit
        self.identity = ((KEY, "orders"), (LIMITS, write([limit])))
        self.planes = [Quotas() for _ in range(planes)]
        self.exchanges = [Exchange(plane, f"plane {number}") for number, plane in enumerate(self.planes)]
        self.fields: dict[str, str] = {}
        self.exchange_due = BEAT
        self.home = {proxy.name: self.planes[number % planes] for number, proxy in enumerate(proxies)}
        self.proxies = {proxy.name: proxy for proxy in proxies}
        for proxy in proxies:
            proxy.guard = Tokens(limit.burst, limit.rate, limit.burst)
            proxy.due = proxy.offset or INTERVAL
        self.delay = delay
        self.now = 0.0
        self.posts: list[tuple[float, Decision]] = []

    def run(self, seconds: float) -> None:
        end = self.now + seconds
        while self.now < end - STEP / 2:
            self.now += STEP
            self._arrive()
            if self.now >= self.exchange_due and len(self.planes) > 1:
                self.exchange_due += BEAT
                self._exchange()
            for proxy in self.proxies.values():
                self._step(proxy)

    def admitted(self, since: float = 0.0, until: float = float("inf")) -> int:
        return sum(since <= time < until for proxy in self.proxies.values() for time in proxy.admitted)

    def _arrive(self) -> None:
        for post in [post for post in self.posts if post[0] <= self.now]:
            self.posts.remove(post)
            proxy, assignment = self.proxies[post[1].proxy], post[1].assignment
            assert assignment
            proxy.share = Tokens.after(proxy.share, assignment)

    def _exchange(self) -> None:
        for exchange in self.exchanges:
            self.fields |= dict.fromkeys([exchange.name], exchange.say().get(self.identity, ""))
        written = {name: text for name, text in self.fields.items() if text}
        for exchange in self.exchanges:
            self._post(exchange.hear(self.identity, written, self.now))

    def _post(self, decisions: Iterable[Decision]) -> None:
        self.posts.extend((self.now + self.delay, decision) for decision in decisions)
        self._arrive()

    def _step(self, proxy: Proxy) -> None:
        assert proxy.guard
        proxy.guard.advance(STEP)
        if proxy.share:
            proxy.share.advance(STEP)
        proxy.waiting += proxy.load(self.now) * STEP
        while proxy.waiting >= 1:
            proxy.waiting -= 1
            self._request(proxy)
        if self.now >= proxy.due:
            proxy.due += INTERVAL
            if proxy.joined:
                self._report(proxy)

    def _request(self, proxy: Proxy) -> None:
        assert proxy.guard
        within_share = proxy.share is None or proxy.share.take()
        proxy.allowed += within_share
        proxy.denied += not within_share
        if within_share and proxy.guard.take():
            proxy.admitted.append(self.now)
        if not proxy.joined:
            proxy.joined = True
            self._report(proxy)

    def _report(self, proxy: Proxy) -> None:
        usage = Usage(self.identity, proxy.allowed, proxy.denied)
        proxy.allowed = proxy.denied = 0
        self._post(self.home[proxy.name].report(proxy.name, [usage], self.now))


def steady(rate: float) -> Callable[[float], float]:
    """Return a load of *rate* requests a second."""
    return lambda _: rate
