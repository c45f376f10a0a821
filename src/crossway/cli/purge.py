"""``crossway purge``: no cache gives any more what it has of something."""

from __future__ import annotations

from crossway.cli.kinds import local, name_of
from crossway.cli.options import HERE, Namespace, Switch, Where
from crossway.cli.remote import crossway
from crossway.cli.terminal import answer, say


def purge(
    *,
    url: str = "",
    prefix: str = "",
    tag: str = "",
    host: str = "",
    route: str = "",
    everything: Switch = False,
    soft: Switch = False,
    namespace: Namespace = "",
    where: Where = HERE,
) -> int:
    """Have no cache give any more what the backend was asked for until now: one of the following.

    The exit status is 0 once every connected proxy obeys, 1 if not all of them do after 10 seconds, and 2 if nobody
    could be asked. A purge holds even where it is not live yet.

    Parameters
    ----------
    url
        What this URL gives: `https://host/path?query`, or `/path?query` of every host.
    prefix
        What every URL gives that begins so.
    tag
        What has this tag in `Surrogate-Key` or `Cache-Tag`.
    host
        What this host gives, `shop.example` or `shop.example:8080`.
    route
        What this route gives, `name` or `namespace/name`.
    everything
        All that caches have.
    soft
        Let answers become stale instead, where they may be given so.
    namespace
        The namespace of the route.
    where
        Which Crossway is asked.

    """
    said = {"url": url, "prefix": prefix, "tag": tag, "host": host}
    said["route"] = local(*name_of(route, namespace)) if route else ""
    body = {word: value or None for word, value in said.items()}
    with crossway(where) as asked:
        made = asked.send("POST", "/v1/cache/purges", {**body, "everything": everything, "soft": soft})
        runs = asked.runs
    if not runs:
        say("it is kept, and proxies are told when they come")
        return 0
    answer(f"live on {made['live']}/{made['proxies']} proxies")
    if made["live"] == made["proxies"]:
        return 0
    say("it is not live everywhere yet; `crossway status` says which proxies are behind")
    return 1
