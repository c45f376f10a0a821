"""Static files: a route answers with files of the proxy's machine, without a backend.

The proxy's file server looks up what a path says, wherever a symbolic link leads, and knows nothing of hidden files,
of pages that a script in the browser makes up, or of caches. A short script before it does.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Final
from urllib.parse import unquote

from pydantic import AfterValidator, Field, model_validator

from crossway.compile.contract import ROUTE_TARGETS, Fragment, Policy, Site, Stage, Target
from crossway.model import PathKind, PathMatch, Spec
from crossway.model.values import HeaderText
from crossway.protos.envoy.config.core import v3 as core_v3
from crossway.protos.envoy.extensions.common.async_files import v3 as async_files_v3
from crossway.protos.envoy.extensions.filters.http.file_server import v3 as file_server_v3
from crossway.protos.envoy.extensions.filters.http.lua import v3 as lua_v3

_SCRIPT: Final = """
-- Hide what is hidden, give pages that are made in the browser their file, and undo what the file server misreads.
function envoy_on_request(handle)
  local headers, settings = handle:headers(), handle:filterContext()
  local path = headers:get(":path"):match("^[^?]*")
  local decoded = path:gsub("%%(%x%x)", function(byte) return string.char(tonumber(byte, 16)) end)
  local visible = decoded:gsub("/%.well%-known%f[/%z]", "/")
  if decoded:find("%c") or (not settings:get("hidden") and visible:find("/.", 1, true)) then
    handle:respond({[":status"] = "404"}, "")
    return
  end
  local page = not decoded:match("[^/]*$"):find(".", 1, true)
  if page and settings:get("fallback") ~= "" and (headers:get("accept") or ""):find("text/html", 1, true) then
    headers:replace(":path", settings:get("fallback"))
  end
  if headers:get("if-range") then headers:remove("range") end
end

function envoy_on_response(handle)
  local headers, caching = handle:headers(), handle:filterContext():get("cache_control")
  local status = headers:get(":status")
  if caching ~= "" and (status == "200" or status == "206") then headers:replace("cache-control", caching) end
  if status == "405" then headers:replace("allow", "GET, HEAD") end
end
"""

_EXTENSIONS: Final = {
    "application/gzip": "gz",
    "application/json": "json map",
    "application/manifest+json": "webmanifest",
    "application/pdf": "pdf",
    "application/wasm": "wasm",
    "application/xml": "xml",
    "application/zip": "zip",
    "audio/mpeg": "mp3",
    "audio/ogg": "ogg",
    "font/otf": "otf",
    "font/ttf": "ttf",
    "font/woff": "woff",
    "font/woff2": "woff2",
    "image/avif": "avif",
    "image/gif": "gif",
    "image/jpeg": "jpg jpeg",
    "image/png": "png",
    "image/svg+xml": "svg",
    "image/webp": "webp",
    "image/x-icon": "ico",
    "text/css; charset=utf-8": "css",
    "text/csv; charset=utf-8": "csv",
    "text/html; charset=utf-8": "html htm",
    "text/javascript; charset=utf-8": "js mjs",
    "text/markdown; charset=utf-8": "md",
    "text/plain; charset=utf-8": "txt",
    "video/mp4": "mp4",
    "video/webm": "webm",
}
_TYPES: Final = {extension: kind for kind, extensions in _EXTENSIONS.items() for extension in extensions.split()}


def _directory(path: str) -> str:
    if not path.startswith("/") or {"", ".", ".."} & set(path[1:].split("/")):
        raise ValueError("write the whole path of a directory, such as /srv/www, without . and .. and a / at its end")
    return path


Name = Annotated[str, Field(pattern=r"^[^/\x00-\x1f\x7f?#%]+$", max_length=255)]
Extension = Annotated[str, Field(pattern=r"^[a-z0-9_+-]+$")]


class StaticFiles(Spec):
    """Answer with files. In one line, the directory: `static_files: /srv/www`.

    What follows the route's prefix is looked up in the directory: with `/assets/*`, the file of `/assets/a/b.css` is
    `a/b.css`. The whole path is looked up where the route has no prefix. The route's own action is never reached; write
    `respond: {status: 404}`. GET and HEAD are answered, with parts of a file (`Range`) where they are asked for; other
    methods get 405, and what is not there 404.

    No path leads out of the directory, but symbolic links in it do, wherever they point: whoever writes to the
    directory decides what is served. Answers carry no `ETag` and no date, so that a client asks for the whole file
    again once `cache_control` lets it; and a range that ends behind the file gets 416.
    """

    directory: Annotated[str, AfterValidator(_directory), Field(max_length=4096, pattern=r"^[^\x00-\x1f\x7f]+$")]
    """The directory, on the machine of each proxy. The account that the proxy runs as has to be able to read it."""
    index: tuple[Name, ...] = ("index.html",)
    """The file that stands for a directory: the first of these that is there. Without any, a directory is answered 403.
    Its list of files is never shown."""
    fallback: Name | None = None
    """The file that stands for every page, for an application that makes its pages in the browser: `index.html`. It is
    the answer to whoever accepts HTML and asks for a path whose last segment has no dot, so that a missing script is
    still a 404. Without it, every path is a file."""
    hidden: bool = False
    """Serve files, and files in directories, whose names begin with a dot. They are 404 by default, since they are
    rarely meant for everybody, `.well-known` excepted (RFC 8615)."""
    cache_control: HeaderText | None = None
    """The `Cache-Control` of files, such as `public, max-age=3600`. Without it, caches and browsers decide."""
    content_types: Mapping[Extension, HeaderText] = Field(default_factory=dict)
    """The content types of files by the last part of their names, in lower case and without a dot: `{glb:
    model/gltf-binary}`. They are added to those that browsers know; all others are `application/octet-stream`."""

    short_forms = ("directory",)

    @model_validator(mode="before")
    @classmethod
    def _read(cls, value: object) -> object:
        return {"directory": value} if isinstance(value, str) else value

    @model_validator(mode="after")
    def _distinct(self) -> StaticFiles:
        if len(set(self.index)) != len(self.index):
            raise ValueError("a name stands in index twice")
        return self


def compile_static_files(spec: StaticFiles, site: Site) -> Fragment:
    """Return the file server and what its script has to know."""
    prefix = _prefix(site.path)
    context = {
        "hidden": spec.hidden,
        "fallback": f"{prefix.rstrip('/')}/{spec.fallback}" if spec.fallback else "",
        "cache_control": spec.cache_control or "",
    }
    server = file_server_v3.FileServerConfig
    return Fragment(
        per_route={
            "static_files": lua_v3.LuaPerRoute(filter_context=context),
            "static_files.server": server(
                manager_config=_manager(),
                path_mappings=[server.PathMapping(request_path_prefix=prefix, file_path_prefix=spec.directory)],
                directory_behaviors=[server.DirectoryBehavior(default_file=name) for name in spec.index],
                content_types=_TYPES | dict(spec.content_types),
                default_content_type="application/octet-stream",
            ),
        }
    )


def _prefix(path: PathMatch) -> str:
    """Return what the file server takes off a path, after it has unescaped it."""
    return unquote(path.value) if path.kind is PathKind.PREFIX else "/"


def _manager() -> async_files_v3.AsyncFileManagerConfig:
    """Return the threads that read files: those of the process, which all routes have to describe alike."""
    threads = async_files_v3.AsyncFileManagerConfig.ThreadPool(thread_count=4)
    return async_files_v3.AsyncFileManagerConfig(id="crossway", thread_pool=threads)


POLICY = Policy(
    spec=StaticFiles,
    stage=Stage.TRANSFORM,
    applies=Target.ROUTE,
    targets=ROUTE_TARGETS,
    compile=compile_static_files,
    filters={
        "static_files": lua_v3.Lua(default_source_code=core_v3.DataSource(inline_string=_SCRIPT)),
        "static_files.server": file_server_v3.FileServerConfig(manager_config=_manager()),
    },
)
