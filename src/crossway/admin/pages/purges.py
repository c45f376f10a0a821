"""Purges: what no cache gives any more, whichever proxy or Redis holds it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Annotated, Final

from litestar import Response, get, post
from litestar.exceptions import PermissionDeniedException
from litestar.openapi.datastructures import ResponseSpec
from litestar.params import JSONBody
from msgspec import Meta, Struct, structs

from crossway.admin.api import Api, Ask
from crossway.admin.audit import ACTION
from crossway.admin.documented import problems
from crossway.admin.gate import ROLE
from crossway.admin.problems import invalid
from crossway.compile import program
from crossway.model import DEFAULT_NAMESPACE, NAME_PATTERN, Ref
from crossway.model.access import Role

WORDS: Final = ("url", "prefix", "tag", "host", "route", "everything")
_ONE: Final = "one of url, prefix, tag, host, route and everything"
_HOST: Final = r"[A-Za-z0-9_.:\[\]-]+"
_PLACE: Final = rf'^(https?://{_HOST})?(/[!-"$-~]*)?$'

Place = Annotated[str, Meta(min_length=1, max_length=2048, pattern=_PLACE)]


class PurgeInput(Struct, forbid_unknown_fields=True, frozen=True):
    """What is not to be given any more, by one of `url`, `prefix`, `tag`, `host`, `route` and `everything`."""

    url: Annotated[
        Place | None,
        Meta(
            description="`https://host/path?query` as clients write it, escapes and all, or `/path?query` of every "
            "host. `http` and `https` are the same. Leave out parameters of the query that the cache ignores."
        ),
    ] = None
    prefix: Annotated[Place | None, Meta(description="What the URL begins with, in the same form.")] = None
    tag: Annotated[
        Annotated[str, Meta(max_length=1024, pattern=r"^[!-+\--~]+$")] | None,
        Meta(description="A tag in `Surrogate-Key` or `Cache-Tag` of the answer."),
    ] = None
    host: Annotated[
        Annotated[str, Meta(max_length=260, pattern=f"^{_HOST}$")] | None,
        Meta(description="The host, `shop.example` of every port or `shop.example:8080`."),
    ] = None
    route: Annotated[
        Annotated[str, Meta(max_length=507, pattern=f"^({NAME_PATTERN}/)?{NAME_PATTERN}$")] | None,
        Meta(description="The route, `name` or `namespace/name`."),
    ] = None
    everything: Annotated[bool, Meta(description="All that caches have.")] = False
    soft: Annotated[
        bool,
        Meta(
            description="Answers become stale instead: they are given on where `stale-while-revalidate` or "
            "`stale-if-error` allows it, and are asked for again with their `ETag`."
        ),
    ] = False


class Purge(Struct, frozen=True, kw_only=True):
    """A purge. One of `url`, `prefix`, `tag`, `host`, `route` and `everything` says what it means."""

    id: str
    time: Annotated[datetime, Meta(description="What the backend was asked for until then is meant.")]
    soft: bool
    url: str | None
    prefix: str | None
    tag: str | None
    host: str | None
    route: str | None
    everything: bool


class NewPurge(Purge, frozen=True, kw_only=True):
    """A purge that was made just now."""

    live: Annotated[int, Meta(description="How many of the connected proxies obey it by now.")]
    proxies: Annotated[int, Meta(description="How many proxies are connected.")]


class Purges(Struct, frozen=True):
    """The purges that hold."""

    items: list[Purge]


@get("/cache/purges", operation_id="listPurges", tags=["cache"], responses=problems(), opt={ROLE: Role.VIEWER})
async def list_purges(request: Ask, api: Api) -> Purges:
    """List the purges that hold, the oldest first.

    After a day, and when there are more than 1,000, the oldest become one of everything from before. A token that is
    bound to namespaces sees those of its routes.
    """
    return Purges([_answer(one) for one in await api.desk.purges(request.user)])


@post(
    "/cache/purges",
    status_code=201,
    operation_id="purgeCache",
    tags=["cache"],
    responses={
        **problems(404, 413, 415),
        202: ResponseSpec(NewPurge, generate_examples=False, description="It holds, and is not live everywhere yet."),
    },
    opt={ROLE: Role.EDITOR, ACTION: "cache.purge"},
)
async def purge_cache(request: Ask, api: Api, data: JSONBody[PurgeInput]) -> Response[NewPurge]:
    """Have no cache give any more what the backend was asked for until now.

    The answer waits, 10 seconds at most, until all proxies obey that are connected to this control plane. Those of
    others on the same store are told within seconds, and those that are away when they are back. A token that is bound
    to namespaces purges by routes of these alone: all else is of everybody.
    """
    wanted = _read(data)
    if request.user.namespaces and not wanted.route:
        raise PermissionDeniedException(
            "only a route is of one namespace, and this token is bound to some: purge by route"
        )
    async with api.audit.write(api.audit.entry(request, request.user, _target(wanted))) as entry:
        made = await api.desk.purge(request.user, wanted)
        entry.outcome = f"live on {made.live}/{made.proxies} proxies"
    said = NewPurge(**structs.asdict(_answer(made.purge)), live=made.live, proxies=made.proxies)
    return Response(said, status_code=201 if made.live == made.proxies else 202)


def _read(data: PurgeInput) -> program.Purge:
    """Return what is to be purged, still without its own name and time; a 400 if that is not one thing."""
    said = [word for word in WORDS if getattr(data, word)]
    if len(said) != 1:
        message = f"{said[0]} stands there too" if said else f"nothing says what is to be purged: it takes {_ONE}"
        raise invalid(said[1] if said else "url", message, _ONE)
    wanted = program.Purge("", 0.0, data.soft)
    if data.route is not None:
        return structs.replace(wanted, route=str(Ref.parse("routes", data.route, DEFAULT_NAMESPACE)))
    value = getattr(data, said[0])
    if said[0] in ("url", "prefix"):
        value = _whole(value)
    return structs.replace(wanted, **{said[0]: value})


def _whole(url: str) -> str:
    """Return *url* as caches know it: with its path, and without the port that its scheme has anyway."""
    scheme, mark, place = url.rpartition("://")
    host, slash, rest = place.partition("/")
    port = ":443" if scheme == "https" else ":80"
    return f"{scheme}{mark}{host.removesuffix(port)}{slash or '/'}{rest}"


def _answer(purge: program.Purge) -> Purge:
    return Purge(
        id=purge.id,
        time=datetime.fromtimestamp(purge.at, UTC),
        soft=purge.soft,
        url=purge.url or None,
        prefix=purge.prefix or None,
        tag=purge.tag or None,
        host=purge.host or None,
        route=purge.route.removeprefix("routes.") or None,
        everything=purge.everything,
    )


def _target(purge: program.Purge) -> str:
    said = (f"{word} {value}" for word in WORDS[:-1] if (value := getattr(purge, word)))
    return next(said, "everything") + (", soft" if purge.soft else "")


PAGES: Sequence[object] = (list_purges, purge_cache)
