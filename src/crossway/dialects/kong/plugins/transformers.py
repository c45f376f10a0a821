"""Plugins that change requests and answers: request-transformer, response-transformer.

https://developer.konghq.com/plugins/request-transformer/
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Annotated, Any, Final

from pydantic import Field

from crossway.dialects.contract import Foreign, Mapped, Refused
from crossway.dialects.kong.entity import trouble
from crossway.dialects.kong.plugin import Config, Kind, Plugin, Said
from crossway.memo import Read
from crossway.model import Finding

_TEMPLATE: Final = re.compile(r"\$\(")
_NO_QUERY: Final = "the parameters of a query cannot be changed"
_NO_BODY: Final = "parameters of bodies cannot be changed; see the policy transform"
_NO_JSON: Final = "JSON in answers is changed by the policy transform, which has rules of its own"
_NO_RENAME: Final = "a header cannot be renamed"

Pairs = tuple[str, ...]


class Edited(Foreign):
    """What is added, or appended."""

    headers: Annotated[Pairs, Mapped("headers.request")] = ()
    querystring: Annotated[Pairs, Refused(_NO_QUERY)] = ()
    body: Annotated[Pairs, Refused(_NO_BODY)] = ()


class Removed(Foreign):
    """What is removed."""

    headers: Annotated[Pairs, Mapped("headers.request.remove")] = ()
    querystring: Annotated[Pairs, Refused(_NO_QUERY)] = ()
    body: Annotated[Pairs, Refused(_NO_BODY)] = ()


class Renamed(Foreign):
    """What gets another name."""

    headers: Annotated[Pairs, Refused(_NO_RENAME)] = ()
    querystring: Annotated[Pairs, Refused(_NO_QUERY)] = ()
    body: Annotated[Pairs, Refused(_NO_BODY)] = ()


class Replaced(Foreign):
    """What gets another value, if it is there."""

    headers: Annotated[Pairs, Mapped("headers.request.set_if_present, rewrite.host")] = ()
    querystring: Annotated[Pairs, Refused(_NO_QUERY)] = ()
    body: Annotated[Pairs, Refused(_NO_BODY)] = ()
    uri: Annotated[str | None, Mapped("rewrite.path")] = None


class RequestTransformerConfig(Config):
    """request-transformer."""

    http_method: Annotated[str | None, Refused("the method of a request stays as it is")] = None
    remove: Removed = Removed()
    rename: Renamed = Renamed()
    replace: Replaced = Replaced()
    add: Edited = Edited()
    append: Edited = Edited()


class RequestTransformer(Plugin):
    """request-transformer."""

    config: RequestTransformerConfig = RequestTransformerConfig()


class ResponseEdited(Foreign):
    """What is added, appended, or gets another value."""

    headers: Annotated[Pairs, Mapped("headers.response")] = ()
    json_: Annotated[Pairs, Field(alias="json"), Refused(_NO_JSON)] = ()
    json_types: Annotated[Pairs, Refused(_NO_JSON)] = ()


class ResponseRemoved(Foreign):
    """What is removed."""

    headers: Annotated[Pairs, Mapped("headers.response.remove")] = ()
    json_: Annotated[Pairs, Field(alias="json"), Refused(_NO_JSON)] = ()


class ResponseRenamed(Foreign):
    """What gets another name."""

    headers: Annotated[Pairs, Refused(_NO_RENAME)] = ()
    json_: Annotated[Pairs, Field(alias="json"), Refused(_NO_JSON)] = ()


class ResponseTransformerConfig(Config):
    """response-transformer."""

    remove: ResponseRemoved = ResponseRemoved()
    rename: ResponseRenamed = ResponseRenamed()
    replace: ResponseEdited = ResponseEdited()
    add: ResponseEdited = ResponseEdited()
    append: ResponseEdited = ResponseEdited()


class ResponseTransformer(Plugin):
    """response-transformer."""

    config: ResponseTransformerConfig = ResponseTransformerConfig()


def _request_transformer(_: Read, plugin: RequestTransformer) -> Said:
    config = plugin.config
    rewrite: dict[str, object] = {}
    if config.replace.uri is not None:
        rewrite["path"] = config.replace.uri
    replaced = dict(_pairs(config.replace.headers))
    for name in [name for name in replaced if name.lower() == "host"]:
        rewrite["host"] = replaced.pop(name)
    policies = _edited("request", config.remove.headers, replaced, config.add.headers, config.append.headers)
    if rewrite:
        policies["rewrite"] = rewrite
    texts = [config.replace.uri or "", *config.replace.headers, *config.add.headers, *config.append.headers]
    return Said(policies, *_templates(texts))


def _response_transformer(_: Read, plugin: ResponseTransformer) -> Said:
    config = plugin.config
    replaced = dict(_pairs(config.replace.headers))
    policies = _edited("response", config.remove.headers, replaced, config.add.headers, config.append.headers)
    return Said(policies, *_templates([*config.replace.headers, *config.add.headers, *config.append.headers]))


def _edited(direction: str, remove: Pairs, replace: dict[str, str], add: Pairs, append: Pairs) -> dict[str, object]:
    edits: dict[str, object] = {}
    if remove:
        edits["remove"] = [name.partition(":")[0] for name in remove]
    if replace:
        edits["set_if_present"] = {name: _literal(value) for name, value in replace.items()}
    if add:
        edits["add_if_absent"] = {name: _literal(value) for name, value in _pairs(add)}
    if append:
        edits["add"] = {name: _literal(value) for name, value in _pairs(append)}
    return {"headers": {direction: edits}} if edits else {}


def _pairs(texts: Pairs) -> Iterator[tuple[str, str]]:
    for text in texts:
        name, _, value = text.partition(":")
        yield name.strip(), value.strip()


_BRACES: Final = re.compile(r"\{([a-z_]+)\}")


def _literal(text: str) -> str:
    """Return *text* with its braces doubled, where they would stand for a variable."""
    return _BRACES.sub(r"{{\1}}", text)


def _templates(texts: list[str]) -> tuple[tuple[Finding, ...], Finding | None]:
    """Return what is wrong with *texts* that are worked out for each request, and why nothing may pass."""
    if not any(map(_TEMPLATE.search, texts)):
        return (), None
    closed = trouble("dialect.refused", "values that are worked out in Lua, $(...), cannot be said", ("config",))
    return (closed,), closed


KINDS: Final[tuple[Kind[Any], ...]] = (
    Kind("request-transformer", RequestTransformer, _request_transformer),
    Kind("response-transformer", ResponseTransformer, _response_transformer),
)
