"""Error pages: answers of one's own in place of errors, whoever made them.

The gateway's own errors (no backend, a timeout, a refused login) and those of backends look the same to a client, and
are treated the same. A page is an answer by itself: it takes nothing over from the error it stands for but the status.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Annotated, Final

from pydantic import BeforeValidator, Field, model_validator

from crossway.compile.contract import ROUTE_TARGETS, Fragment, Merge, Policy, Site, Stage, Target
from crossway.model import Part, Spec
from crossway.protos import pack
from crossway.protos.envoy.config.core import v3 as core_v3
from crossway.protos.envoy.extensions.filters.http.custom_response import v3 as custom_response_v3
from crossway.protos.envoy.extensions.http.custom_response.local_response_policy import v3 as local_response_v3
from crossway.protos.envoy.type.matcher import v3 as matcher_v3
from crossway.protos.google import protobuf
from crossway.protos.xds.core import v3 as xds_core_v3
from crossway.protos.xds.type.matcher import v3 as xds_matcher_v3

_TOKEN: Final = re.compile(r"\{(status|request_id)\}|%")


class Page(Part):
    """An answer in place of an error. In one line, its body."""

    body: Annotated[str, Field(min_length=1, max_length=65_536)]
    """The body, at most 65536 characters: every proxy keeps it in its routes. `{status}` is the status that the client
    gets, and `{request_id}` the identity under which logs and traces know the request; other braces stand for
    themselves. Paths and hosts are left out on purpose: a page that repeats them can be made to carry a script."""
    content_type: Annotated[str, Field(pattern=r"^[\x20-\x7e]+$", max_length=8192)] = "text/plain; charset=utf-8"
    """The content type of the body."""
    status: Annotated[int, Field(ge=200, le=599)] | None = None
    """Answer with this status; without it, the status of the error stays."""

    short_forms = ("body",)

    @model_validator(mode="before")
    @classmethod
    def _read(cls, value: object) -> object:
        return {"body": value} if isinstance(value, str) else value


def _status(value: object) -> str:
    text = str(value)
    if not re.fullmatch(r"[45]([0-9]{2}|xx)", text):
        raise ValueError(f"{text!r} is no error; write a status from 400 to 599, or 4xx or 5xx")
    return text


Status = Annotated[str, BeforeValidator(_status), Field(json_schema_extra={"pattern": "^[45]([0-9]{2}|xx)$"})]


class ErrorPages(Spec):
    """Answers in place of errors, by status: `{404: Nothing here, 5xx: {body: ..., content_type: text/html}}`.

    A gRPC call gets the body as its message. A page replaces the error as a whole: headers that a backend or another
    policy gave to it, cookies and CORS headers among them, are gone; those that the policy `headers` writes are there
    on routes that forward. A page is not compressed.
    """

    pages: Annotated[Mapping[Status, Page], Field(min_length=1)]
    """The pages, by what they stand for: a status such as `404`, or all of a class, `4xx` or `5xx`. A status goes
    before its class. Attached at several places, the pages add up."""

    short_forms = ("pages",)

    @model_validator(mode="before")
    @classmethod
    def _read(cls, value: object) -> object:
        return {"pages": value} if isinstance(value, Mapping) and "pages" not in value else value


def compile_error_pages(spec: ErrorPages, _site: Site) -> Fragment:
    """Return the pages as a tree: the status is looked up first, then its class."""
    codes = {status: page for status, page in spec.pages.items() if status.isdigit()}
    classes = {status: page for status, page in spec.pages.items() if not status.isdigit()}
    by_class = _tree(matcher_v3.HttpResponseStatusCodeClassMatchInput(), classes)
    if not codes:
        matcher = by_class
    else:
        matcher = _tree(matcher_v3.HttpResponseStatusCodeMatchInput(), codes)
        if classes:
            matcher.on_no_match.matcher.CopyFrom(by_class)
    return Fragment(per_route={"error_pages": custom_response_v3.CustomResponse(custom_response_matcher=matcher)})


StatusInput = matcher_v3.HttpResponseStatusCodeMatchInput | matcher_v3.HttpResponseStatusCodeClassMatchInput


def _tree(status: StatusInput, pages: Mapping[str, Page]) -> xds_matcher_v3.Matcher:
    found = {code: xds_matcher_v3.Matcher.OnMatch(action=_action(page)) for code, page in pages.items()}
    return xds_matcher_v3.Matcher(
        matcher_tree=xds_matcher_v3.Matcher.MatcherTree(
            input=xds_core_v3.TypedExtensionConfig(name="status", typed_config=pack(status)),
            exact_match_map=xds_matcher_v3.Matcher.MatcherTree.MatchMap(map=found),
        )
    )


def _action(page: Page) -> xds_core_v3.TypedExtensionConfig:
    """Return the answer. Its type is a header: Envoy 1.39 does not look at the content type of a body's format."""
    body = core_v3.DataSource(inline_string=_format(page))
    content_type = core_v3.HeaderValueOption(
        header=core_v3.HeaderValue(key="content-type", value=page.content_type.replace("%", "%%")),
        append_action=core_v3.HeaderValueOption.OVERWRITE_IF_EXISTS_OR_ADD,
    )
    answer = local_response_v3.LocalResponsePolicy(
        body_format=core_v3.SubstitutionFormatString(text_format_source=body),
        status_code=None if page.status is None else protobuf.UInt32Value(value=page.status),
        response_headers_to_add=[content_type],
    )
    return xds_core_v3.TypedExtensionConfig(name="page", typed_config=pack(answer))


def _format(page: Page) -> str:
    """Return the body in the syntax of Envoy's formatter, which knows the status before the page changes it."""
    status = "%RESP(:STATUS)%" if page.status is None else str(page.status)
    commands = {"%": "%%", "{status}": status, "{request_id}": "%REQ(X-REQUEST-ID)%"}
    return _TOKEN.sub(lambda token: commands[token[0]], page.body)


POLICY = Policy(
    spec=ErrorPages,
    stage=Stage.EDGE,
    applies=Target.ROUTE,
    targets=ROUTE_TARGETS,
    compile=compile_error_pages,
    merge=Merge.UNION,
    filters={"error_pages": custom_response_v3.CustomResponse()},
)
