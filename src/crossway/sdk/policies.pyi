# Written by `make docs`. Edit the code of the policies instead.
"""The policies as functions, for editors and type checkers."""

from collections.abc import Mapping, Sequence
from typing import Any, Literal, NotRequired, TypeAlias, TypedDict

from crossway.sdk.declared import Attached as Attached

def policy(name: str, /, *value: object, **settings: object) -> Attached:
    """Return the policy *name*, which may be one of another package, with these settings."""

class AccessLogOutput(TypedDict):
    file: NotRequired[str | None]
    otlp: NotRequired[AccessLogOtlp | str | None]

class AccessLogOtlp(TypedDict):
    service: str
    protocol: NotRequired[Literal['grpc', 'http']]
    path: NotRequired[str | None]
    host: NotRequired[str | None]
    service_name: NotRequired[str | None]

class AccessLogWhen(TypedDict):
    status_from: NotRequired[int | None]
    slower_than: NotRequired[str | Literal[0] | None]
    sample: NotRequired[float | str | None]

def access_log(value: bool = ..., /, *, enabled: bool = ..., outputs: AccessLogOutput | str | Sequence[AccessLogOutput | str | None] | None = ..., format: str = ..., query: bool = ..., mask: Sequence[str] = ..., fields: Mapping[str, str] = ..., when: AccessLogWhen | None = ..., skip_routes: Sequence[str] = ...) -> Attached:
    """Log requests, and TCP and UDP sessions. On by default, as JSON on standard output; `access_log: false` is off.

    Credentials are in no log: a header such as `Authorization` or `Cookie`, and a query parameter such as `api_key`,
    is `[redacted]`. An output that is away, or slow, costs lines and no request.

    enabled: Whether anything is logged.

    outputs: Where lines go; one needs no list: `stdout`, `stderr`, the path of a file on the machine of the proxy, or `{otlp: SERVICE}`.

    format: `json`, with all fields; `common` or `combined`, as Apache writes them; or the line as text with variables, which are the fields: `{method} {path} {status} {request.headers.x-tenant}`. `{{path}}` stands for the text `{path}`. A variable without a value is `-`. JSON is escaped, a text is not. `crossway replay` and `crossway explain` read JSON alone.

    query: Log the query with the path. Off by default: queries carry personal data. On, the path is the one that the client asked for, on routes that rewrite as well.

    mask: More headers and query parameters whose values are `[redacted]`, by their names in any case: those of your own API keys.

    fields: More fields, by name: `request.headers.NAME`, `request.query.NAME`, `response.headers.NAME`, `client_certificate.subject`, `client_certificate.fingerprint` or `trace.span_id`. A text has no fields; they go beside it to a collector.

    when: Log only some requests; all without it.

    skip_routes: Log nothing of these routes, such as one for health checks: `name`, or `namespace/name`.
    """

def api_key(*, header: str | None = ..., query: str | None = ..., cookie: str | None = ..., hide_credentials: bool = ...) -> Attached:
    """Ask for the key of a consumer, in a header, in the query or in a cookie; if none is named, in `x-api-key`.

    A request without a key that is known is answered 401. If several places are named, the first that holds a key
    counts. In `authorization` a key may stand after `Bearer`.

    header: The header that holds the key.

    query: The parameter of the query that holds the key. Keys in URLs end up in logs and histories.

    cookie: The cookie that holds the key.

    hide_credentials: Take the key off the request, so that no backend sees it.
    """

def app(value: str = ..., /, *, plugin: str = ..., services: Sequence[str] = ...) -> Attached:
    """Let a plugin answer, without a backend. In one line: `app: profile`.

    An app in Python writes it for `@cw.compose`, `cw.mount` and `@cw.websocket`. Whoever writes it by hand names a
    plugin that answers every request. The plugins of the route, its cache and its transformations stand in front of it.

    plugin: The plugin that answers; `namespace/name` for one elsewhere. It has no settings here.

    services: The services that it may call.
    """

def authentication(value: Literal['all', 'any'] | Literal['optional'] = ..., /, *, require: Literal['all', 'any'] = ..., optional: bool = ...) -> Attached:
    """How the methods of authentication of one route go together. In one line, `authentication: any`.

    Without this policy a client has to pass all methods that hold for the route.

    require: Whether a client has to pass `all` methods, or `any` of them.

    optional: Let a client through that shows no credential at all; then it is no consumer. What it shows must be right.
    """

class AuthorizeRule(TypedDict):
    consumers: NotRequired[Sequence[str] | None]
    groups: NotRequired[Sequence[str] | None]
    tags: NotRequired[Sequence[str] | None]
    plans: NotRequired[Sequence[str] | None]
    scopes: NotRequired[Sequence[str] | None]
    claims: NotRequired[Mapping[str, AuthorizeValueMatch | str | float | bool | Sequence[AuthorizeValueMatch | str | float | bool]] | None]
    client_ips: NotRequired[Sequence[str] | None]
    methods: NotRequired[Sequence[str] | None]
    paths: NotRequired[Sequence[AuthorizePathMatch | str] | None]
    hostnames: NotRequired[Sequence[str] | None]
    ports: NotRequired[Sequence[int] | None]
    headers: NotRequired[Mapping[str, AuthorizeValueMatch | str | float | bool | Sequence[AuthorizeValueMatch | str | float | bool]] | None]
    during: NotRequired[AuthorizeWindow | Sequence[AuthorizeWindow] | None]
    cel: NotRequired[str | None]
    unless: NotRequired[AuthorizeConditions | Sequence[AuthorizeConditions] | None]

class AuthorizeValueMatch(TypedDict):
    exact: NotRequired[str | None]
    prefix: NotRequired[str | None]
    suffix: NotRequired[str | None]
    contains: NotRequired[str | None]
    regex: NotRequired[str | None]
    present: NotRequired[bool | None]
    invert: NotRequired[bool]

class AuthorizePathMatch(TypedDict):
    kind: Literal['exact', 'prefix', 'starts_with', 'template', 'regex']
    value: str

class AuthorizeWindow(TypedDict):
    days: NotRequired[Sequence[str] | None]
    hours: NotRequired[str | None]
    timezone: NotRequired[str]

class AuthorizeConditions(TypedDict):
    consumers: NotRequired[Sequence[str] | None]
    groups: NotRequired[Sequence[str] | None]
    tags: NotRequired[Sequence[str] | None]
    plans: NotRequired[Sequence[str] | None]
    scopes: NotRequired[Sequence[str] | None]
    claims: NotRequired[Mapping[str, AuthorizeValueMatch | str | float | bool | Sequence[AuthorizeValueMatch | str | float | bool]] | None]
    client_ips: NotRequired[Sequence[str] | None]
    methods: NotRequired[Sequence[str] | None]
    paths: NotRequired[Sequence[AuthorizePathMatch | str] | None]
    hostnames: NotRequired[Sequence[str] | None]
    ports: NotRequired[Sequence[int] | None]
    headers: NotRequired[Mapping[str, AuthorizeValueMatch | str | float | bool | Sequence[AuthorizeValueMatch | str | float | bool]] | None]
    during: NotRequired[AuthorizeWindow | Sequence[AuthorizeWindow] | None]
    cel: NotRequired[str | None]

def authorize(*, allow: Sequence[AuthorizeRule] = ..., deny: Sequence[AuthorizeRule] = ..., dry_run: bool = ...) -> Attached:
    """Allow and deny requests by who sent them and what they ask for; the others are answered 403.

    A request is denied if a rule under `deny` holds for it. Otherwise, where there are rules under `allow`, one of
    these must hold; without any, it passes. A stranger meets no condition on a consumer or a token, and gets 403; a
    missing or wrong credential is answered 401 before, by the policies of authentication. Rules hold from the next
    request on, also on connections that are open; a WebSocket or a stream that has begun is not ended.

    allow: Let requests pass that meet any of these rules, and no others.

    deny: Refuse requests that meet any of these rules, whatever is allowed.

    dry_run: Refuse nothing, but count and log what would be refused: to try rules on live traffic first.
    """

def bandwidth_limit(*, upload: int | str | None = ..., download: int | str | None = ...) -> Attached:
    """Bound how fast bodies flow: `bandwidth_limit: {download: 1MiB/s}`.

    The requests of a route share the limit, evenly, in each proxy by itself. What was not used in the second before may
    be used at once, so that what is small comes without delay.

    upload: The bytes a second that clients may send to the route, at least 1KiB/s and rounded up to whole KiB.

    download: The bytes a second that clients get from the route, at least 1KiB/s and rounded up to whole KiB.
    """

def basic_auth(*, hide_credentials: bool = ...) -> Attached:
    """Ask for the name and password of a consumer, in `authorization`.

    A request without them is answered 401, with the challenge that makes a browser ask for them. Both travel readably
    in every request: use it over TLS alone.

    hide_credentials: Take the header off the request, so that no backend sees the password.
    """

class BotFilterAgent(TypedDict):
    contains: NotRequired[str | None]
    regex: NotRequired[str | None]
    group: NotRequired[Literal['scanners', 'scrapers', 'seo_crawlers', 'ai_crawlers', 'search_engines'] | None]

def bot_filter(*, deny: Sequence[BotFilterAgent | str | None] = ..., allow: Sequence[BotFilterAgent | str | None] = ..., deny_empty: bool = ..., dry_run: bool = ...) -> Attached:
    """Refuse programs that nobody wants: `bot_filter: {}` keeps out scanners and scrapers that say what they are.

    Who is refused gets 403. A user agent is easily changed: what must not be reached needs authentication.

    deny: Programs that are refused: `[{group: scanners}, BadBot, {regex: "curl/[0-6].*"}]`. By default the groups `scanners` and `scrapers`; a list replaces them.

    allow: Exceptions from `deny`: who is meant by both comes in. With `deny: [{regex: ".*"}]`, nobody else does.

    deny_empty: Refuse requests without a user agent too. Every browser has one; many programs that are welcome have none.

    dry_run: Refuse nobody, and count whom it would refuse.
    """

class CacheKey(TypedDict):
    headers: NotRequired[Sequence[str]]
    query: NotRequired[CacheQueryKey]

class CacheQueryKey(TypedDict):
    include: NotRequired[Sequence[str] | None]
    ignore: NotRequired[Sequence[str]]

def cache(value: str | Literal[0] = ..., /, *, lifetime: str | Literal[0] = ..., heuristic: bool = ..., negative: Mapping[str, str | Literal[0]] = ..., methods: Sequence[Literal['GET', 'HEAD']] = ..., by: Literal['consumer'] | None = ..., key: CacheKey = ..., authorized: bool = ..., cookies: bool = ..., set_cookie: Literal['skip', 'strip', 'keep'] = ..., max_size: int | str = ..., shared: bool = ..., stale_while_revalidate: str | Literal[0] = ..., stale_if_error: str | Literal[0] = ..., coalesce: bool = ..., coalesce_timeout: str | Literal[0] = ..., client_directives: bool = ..., strip_tags: bool = ...) -> Attached:
    """Keep answers, and give them again without asking the backend. In one line, `cache: 60s`, the default lifetime.

    The backend decides by `Cache-Control`, as RFC 9111 says for a shared cache: what is `private` or `no-store` is
    never kept, and what is stale is asked for again with its `ETag` or `Last-Modified`. `Cache-Status` of each answer
    says what the cache did, `Age` how old the answer is.

    An answer to a request that shows who asks (`Authorization`, an API key, a recognised consumer) is kept and given
    only if it says `public`, `s-maxage` or `must-revalidate`, or if the cache is kept apart `by: consumer`.

    lifetime: How long an answer of status 200, 203, 204, 300, 301 or 308 is fresh that does not say so itself. By default it is not kept: a backend that says nothing may not know that somebody keeps its answers. It does not hold for requests with cookies, unless `cookies` says so.

    heuristic: Take a tenth of the time since `Last-Modified`, a day at most, for answers that say nothing else (RFC 9111, section 4.2.2). Off by default: it surprises whoever deploys a new version.

    negative: How long errors are fresh that do not say so themselves, by status: `{404: 30s, 410: 1h}`. None by default.

    methods: The methods that are answered from the cache. Any other one that is not safe makes the cache forget its URL.

    by: Keep the answers for each consumer apart, so that those to authorised requests can be kept too. What says `private` is not kept even so. Nothing is kept apart by default.

    key: What else makes two requests different.

    authorized: Take every request for one that shows who asks. It is so by itself on routes with a policy that authenticates; say it where the backend recognises people in another way, by their address for instance.

    cookies: Let `lifetime`, `heuristic` and `negative` hold for requests with cookies too. Off by default: with a cookie, an answer may be somebody's own, and a backend that has never met a cache does not say so.

    set_cookie: What becomes of an answer with `Set-Cookie`: `skip` does not keep it, `strip` keeps it without its cookies, `keep` gives one cookie to everybody. By default it is not kept: the cookie is often a session.

    max_size: The size of the largest answer that is kept, 64 MiB at most. Larger ones pass through as they come. The default of 1 MiB leaves room for many.

    shared: Keep answers in Redis too, where all proxies find them. Each proxy still answers from its own memory first, and looks once in a second whether what it has was taken back. Off by default.

    stale_while_revalidate: How long a stale answer is given at once while a new one is fetched behind it (RFC 5861), where the answer does not say so itself and does not forbid it. Not at all by default.

    stale_if_error: How long a stale answer is given in place of an error 500, 502, 503 or 504, or when there is no answer (RFC 5861), where the answer does not say so itself and does not forbid it. Not at all by default.

    coalesce: Let one of several requests for the same thing ask the backend, and the others wait for its answer.

    coalesce_timeout: How long a request waits for the answer to another one before it asks by itself, 1 minute at most. The default of 5 seconds is longer than most answers take.

    client_directives: Whether a client may say in `Cache-Control` that it wants no answer from the cache, or how old one may be. Turn it off where that would let anybody send all requests on to the backend.

    strip_tags: Take `Surrogate-Key` and `Cache-Tag`, the tags by which answers can be purged, off the answer: they are meant for caches, and tell clients about the inside of the backend.
    """

class CircuitBreakerRetryBudget(TypedDict):
    percent: NotRequired[float | str]
    minimum: NotRequired[int]

def circuit_breaker(*, max_connections: int | None = ..., max_pending_requests: int | None = ..., max_requests: int | None = ..., max_retries: int | None = ..., retry_budget: CircuitBreakerRetryBudget | None = ...) -> Attached:
    """Bound what one proxy lays on a service at once; the bounds hold for each proxy and all of its threads.

    max_connections: Connections to all endpoints together. Requests of HTTP/1.1 that find none free wait for one.

    max_pending_requests: Requests that wait for a connection. 0 lets none wait.

    max_requests: Requests under way.

    max_retries: Retries under way, as a fixed number instead of `retry_budget`.

    retry_budget: Retries under way, as a share of the requests. Without `max_retries` and without this, a fifth of the requests, but at least 3, so that a backend in trouble is not buried under retries.
    """

def client_ip(*, trusted_proxies: Sequence[str] = ..., trusted_hops: int | None = ..., header: str | None = ...) -> Attached:
    """Find the client's address behind proxies. Access control, rate limits, routes and logs all use this address.

    trusted_proxies: The networks of your proxies. `x-forwarded-for` is read from its end, past every trusted proxy, to the first address that is none; a request from any other peer is taken to come from that peer. Their texts together have room in 16 KiB: about 900 networks of IPv4, or 350 of IPv6.

    trusted_hops: The number of your proxies that every request passes, where their addresses are not known: the client is this many addresses from the end of `x-forwarded-for`. Nothing else may be able to reach this listener.

    header: The header in which your proxy or CDN gives the client's address, such as `cf-connecting-ip`. It is believed from every peer: nothing but the proxy may be able to reach this listener.
    """

class ComposeComposeStep(TypedDict):
    service: str
    method: NotRequired[str]
    query: NotRequired[Mapping[str, str | int | bool]]
    headers: NotRequired[Mapping[str, str | int | bool]]
    forward: NotRequired[Sequence[str]]
    body: NotRequired[str | bool | int | float | Sequence[ComposeTree] | Mapping[str, ComposeTree] | None]
    timeout: NotRequired[str | Literal[0] | None]
    accept: NotRequired[Sequence[str | int]]
    encoding: NotRequired[Literal['auto', 'json', 'text']]
    path: str
    when: NotRequired[str | None]
    for_each: NotRequired[str | None]
    limit: NotRequired[int]
    parallel: NotRequired[int]
    fallback: NotRequired[object]
    on_failure: NotRequired[Literal['fail', 'omit', 'relay'] | None]

ComposeTree: TypeAlias = str | bool | int | float | Sequence[ComposeTree] | Mapping[str, ComposeTree] | None

def compose(*, steps: Mapping[str, ComposeComposeStep], body: str | bool | int | float | Sequence[ComposeTree] | Mapping[str, ComposeTree] | None = ..., status: int | str = ..., headers: Mapping[str, str | int | bool] = ..., on_failure: Literal['fail', 'omit', 'relay'] = ..., forward: Sequence[str] = ..., timeout: str | Literal[0] = ..., max_calls: int = ..., max_body: int | str = ...) -> Attached:
    """Answer with what several services say: one request of the client, several calls, one answer.

    Each step is a call of a service. A step that mentions another one in an expression, `steps.user.body.id`, waits for
    it, and all others run at once. The route has no `to`. Calls go through the proxy like any request, so the policies
    of the services hold for them: load balancing, timeouts, retries, circuit breakers, TLS.

    Expressions are [JMESPath](https://jmespath.org). They see `path` (the variables of the route's path), `query`,
    `headers` (names in lower case: `headers."user-agent"`), `body` (parsed if it is JSON), `method`, `consumer`
    (`name`, `groups`), and `steps` (`status`, `headers`, `body`, `error` of each). In the answer there is `errors` too.
    Calls of one request that are alike, with GET or HEAD, are made once.

    steps: The calls, by name, at most 50. Their order means nothing.

    body: The body of the answer: an expression, or an object or a list with expressions in it. Without it, an object with the body of each step. It is sent as JSON, unless `headers` has another `content-type`: then the expression gives the text.

    status: The status of the answer, or an expression for it.

    headers: Headers of the answer, by name, with expressions in braces. One whose expression gives nothing is left out.

    on_failure: What happens if a step without `fallback` fails. `fail`: the other calls are cancelled, and the client gets 502, or 504 if it was too late, with the step's name. `omit`: its body is `null`, `errors` lists it, and the answer has the header `x-compose-failed` with its name. `relay`: the client gets the answer of this step, status and body, if there is one; otherwise it is as with `fail`.

    forward: More headers of the client's request that all calls carry. Name `authorization` here only if each of the services may see it.

    timeout: The time for everything. What is not done by then has failed.

    max_calls: How many calls one request may lead to, those of `for_each` included. One more, and the step fails.

    max_body: The largest body of one answer, and of the client's request where an expression mentions it. All answers together are at most 16 MiB.
    """

def compression(value: bool | object = ..., /, *, algorithms: Sequence[Literal['brotli', 'gzip', 'zstd']] = ..., min_size: int | str = ..., content_types: Sequence[str] = ..., level: Literal['fastest', 'default', 'best'] = ..., enabled: bool = ...) -> Attached:
    """Compress answers. In one line, `compression: true`, or the algorithms: `compression: [zstd, gzip]`.

    Left as they are: answers to clients that did not ask, those that are compressed already, parts of a whole (206),
    and those with `cache-control: no-transform`. A strong `ETag` becomes a weak one, since the bytes are others, and
    `Vary: Accept-Encoding` tells caches. A backend is asked for the same algorithm, and may do the work itself.
    Do not compress answers that hold a secret next to what a client sent: their size tells it (the BREACH attack).

    algorithms: What to compress with, the preferred one first. A client that weighs them otherwise gets what it prefers.

    min_size: Leave answers alone that are smaller than this: they fit into one packet either way. Those whose size is not known when they begin, which are streamed, count as large.

    content_types: What is compressed: types such as `application/json`, with `*` for any text. By default what shrinks: texts, JSON, XML, scripts, fonts, and no images, videos or archives, which are compressed already. `text/event-stream` has to be named, since a stream of events is seldom worth it, and gRPC has a compression of its own. An answer without a type is compressed whatever its size.

    level: How much work to put into it: `fastest`, `default` or `best`, which takes several times as long as `default` for some per cent of the size.

    enabled: `false` compresses nothing, whatever was attached farther away.
    """

class ConcurrencyLimitAdaptive(TypedDict):
    minimum: NotRequired[int]
    headroom: NotRequired[float | str]
    measure_every: NotRequired[str | Literal[0]]
    samples: NotRequired[int]

def concurrency_limit(value: int | None | Literal['adaptive'] = ..., /, *, max: int | None = ..., adaptive: ConcurrencyLimitAdaptive | None = ...) -> Attached:
    """Bound the requests under way: in one line, `concurrency_limit: 100` or `concurrency_limit: adaptive`.

    The limit is counted for each match of a route in each proxy; what all routes lay on a service together is bounded
    by `circuit_breaker`. A request is under way until its answer is complete: a stream is for as long as it lasts.

    max: The most requests under way at once. An adaptive limit goes no higher than this, or 1000 without it.

    adaptive: Let the limit follow the time that answers take; without it, `max` is the limit.
    """

def connect(*, definition: str, services: Sequence[str] = ..., max_size: int | str = ...) -> Attached:
    """Clients that speak Connect (https://connectrpc.com/docs/protocol), such as connect-web, call gRPC services.

    Both codecs work, JSON and protobuf, for methods with and without streams; methods that say that they change nothing
    (`idempotency_level = NO_SIDE_EFFECTS`) can be called with GET. Requests may be compressed with gzip. Errors have
    the codes of Connect with the details of the service; where another policy refuses a request, clients take the code
    from its status. Unknown fields of JSON are left out. Calls in gRPC and gRPC-Web pass as they are. A browser on
    another site needs `cors` as well.

    definition: The definition that holds the compiled `.proto` files: a descriptor set, or what the service itself says by reflection.

    services: The services that can be called, by their full names, `package.Service`; all of the definition if empty.

    max_size: The largest message, in both directions. More is the error `resource_exhausted`. 4MiB, the default, is what gRPC itself takes for one message.
    """

class ConnectionTcpKeepalive(TypedDict):
    idle: NotRequired[str | Literal[0]]
    interval: NotRequired[str | Literal[0]]
    probes: NotRequired[int]

def connection(*, connect_timeout: str | Literal[0] = ..., idle_timeout: str | Literal[0] = ..., max_requests: int | None = ..., max_lifetime: str | Literal[0] | None = ..., tcp_keepalive: ConnectionTcpKeepalive | None = ..., buffer: int | str = ...) -> Attached:
    """Shape the connections from a proxy to the endpoints of a service.

    connect_timeout: How long opening a connection may take, TLS included.

    idle_timeout: Close a connection that carried no request for this long; `0` never. It has to be shorter than the backend's own keep-alive timeout, or requests meet connections that the backend is just closing and fail with 503. The default is below the 5 seconds of Node.js, Apache httpd and uvicorn; raise it for backends that keep connections longer.

    max_requests: Close a connection after this many requests, so that new endpoints get their share; no bound without it.

    max_lifetime: Close a connection this long after it was opened, once its requests are done; no bound without it.

    tcp_keepalive: Let the operating system probe quiet connections; `{}` takes the usual times.

    buffer: How much is read ahead of a slower client on each connection. Bodies of any size pass through it.
    """

def connection_limit(value: int | None = ..., /, *, connections: int | None = ..., rate: str | None = ..., burst: int | None = ...) -> Attached:
    """Bound the connections to a listener. In one line, how many at once: `connection_limit: 1000`.

    The proxy as a whole has a bound too, `crossway run --max-connections`, which holds where nothing is said here. Both
    count in each proxy by itself, and so does each route of a TCP or TLS listener. HTTP/3 has no connections that
    could be counted here.

    connections: The number of connections at once; one more is closed.

    rate: How many connections may be opened in a time, such as `100/second`; one more is closed.

    burst: How many may be opened at once after a rest; as many as `rate` says without it.
    """

def correlation_id(value: str = ..., /, *, header: str = ..., generator: Literal['uuid', 'time_uuid'] = ..., keep: bool = ..., echo: bool = ...) -> Attached:
    """Say where the id of a request comes from, and in which header it travels.

    header: The header of the request and of the answer that carries the id; `x-request-id` carries it in any case.

    generator: What a new id is made of: `uuid`, or `time_uuid`, which begins with the time.

    keep: Keep the id that a client sends in the header, so that one id goes through several systems. `false` makes a new one for each request: for clients that are not trusted to name what stands in the log.

    echo: Answer with the header. `x-request-id` is in every answer.
    """

def cors(value: str | Sequence[str] = ..., /, *, origins: str | Sequence[str] = ..., methods: Sequence[str | Literal['*']] = ..., headers: Sequence[str] = ..., expose_headers: Sequence[str] = ..., max_age: str | Literal[0] = ..., credentials: bool = ..., private_network: bool = ...) -> Attached:
    """Let pages of other origins read the answers. In one line, the origins: `cors: ["https://a.example"]`.

    The gateway answers preflights (`OPTIONS` with `access-control-request-method`) by itself, before authentication;
    other requests are never refused for their origin, only marked for the browser, the gateway's own errors among
    them. Headers of the backend about origins are replaced. It holds for routes that forward: redirects and answers of
    the gateway's own are not marked.

    origins: The origins that may read: `https://a.example`, `https://*.b.example` (any depth below it, not itself), `*` for every one, or a regular expression that the whole origin matches, `~https://pr-[0-9]+\.c\.example`.

    methods: The methods that pages may use; `*` for all. By default those that browsers always allow.

    headers: The headers that pages may send, besides those that browsers always allow; `*` for all, `authorization` among them.

    expose_headers: The headers of the answer that pages may read, besides those that browsers always show; `*` for all but `authorization`, where no credentials are sent.

    max_age: How long a browser remembers the answer to a preflight. 5s, as browsers do if nobody says; they keep it for two hours at most, some for a day.

    credentials: Whether pages may send cookies and client certificates, and read what comes back. Browsers then take `*` for a name, so that where it stands in `methods` or `headers`, a preflight is told what it asked for.

    private_network: Whether pages from the public internet may ask, where this gateway is in a private network.
    """

def csrf(*, additional_origins: Sequence[str] = ..., dry_run: bool = ...) -> Attached:
    """Refuse requests that pages of other sites cause: `csrf: {}`.

    POST, PUT, PATCH and DELETE need an `origin`, or else a `referer`, of the host that they go to; otherwise the answer
    is 403. Schemes are not compared. A client that is no browser and sends neither is refused as well: its routes have
    no cookies to protect, and need no `csrf`.

    additional_origins: Other hosts whose pages may: `shop.example`, `*.shop.example` (any depth below it, not itself), each with a port where it is not the one of its scheme.

    dry_run: Refuse nothing, and count what it would refuse.
    """

def decompression(value: bool = ..., /, *, max_size: int | str = ..., enabled: bool = ...) -> Attached:
    """Decompress the bodies of requests that come with `content-encoding: gzip`. In one line, `decompression: true`.

    A body that is broken, that has more than one gzip member, or of which a piece grows to more than a hundred times
    its size is answered 400, and one that was compressed twice 415; none of it reaches the backend. Bodies in other
    encodings, Brotli and Zstandard among them, are passed on as they are: nothing in them says whether all of it came
    out again. A compressed request waits here until all of its body is there.

    max_size: Answer 413 to a body that is larger than this when it has been decompressed. 10MiB by default: each of them is in memory as a whole. The limit also holds for others who have to see a whole body on this route.

    enabled: `false` passes bodies on as they come, whatever was attached farther away.
    """

def download(value: int | str = ..., /, *, size: int | str = ..., parallel: int = ..., attempts: int = ..., timeout: str | Literal[0] = ...) -> Attached:
    """Fetch large files in several ranges at once, from whichever endpoints the load balancing gives, in order.

    In one line, `download: 8MiB`, the size of a range. A client asks for a file, without ranges of its own; the first
    range tells how large it is, and the others follow (RFC 9110, section 14). A range that fails is asked for again
    from where it broke off, which is most likely another endpoint. What the ranges are of is the same throughout: the
    entity tag, or the time of the last change and the length, of each are those of the first one. Where the backend
    has no ranges, or the file is no larger than one, its answer passes as it is.

    size: How many bytes a range has. 8MiB by default: what is lost and asked for again is little, and so is what a request costs beside it.

    parallel: How many ranges are fetched at once, and so how many are held in memory for a client that reads slowly.

    attempts: How often a range is asked for, before the download is cut off.

    timeout: The time for one range with all its bytes. One that takes longer has failed.
    """

class DubboBackendDubboEndpoint(TypedDict):
    method: NotRequired[str]
    path: str
    call: str
    params: NotRequired[str | bool | int | float | Sequence[DubboBackendTree] | Mapping[str, DubboBackendTree] | None]
    answer: NotRequired[str | bool | int | float | Sequence[DubboBackendTree] | Mapping[str, DubboBackendTree] | None]
    types: NotRequired[Sequence[str]]

DubboBackendTree: TypeAlias = str | bool | int | float | Sequence[DubboBackendTree] | Mapping[str, DubboBackendTree] | None

def dubbo_backend(*, service: str, interface: str, version: str | None = ..., group: str | None = ..., definition: str | None = ..., headers: Mapping[str, str | int | bool] = ..., forward: Sequence[str] = ..., endpoints: Mapping[str, DubboBackendDubboEndpoint], timeout: str | Literal[0] = ..., max_body: int | str = ...) -> Attached:
    """Give a backend that speaks Dubbo's Triple a REST API: each endpoint is a call of one of its methods.

    With a `definition`, messages are those of its `.proto` files. Without one, the interface is one in Java alone, and
    values travel in Hessian 2: an object with the key `class` is one of that class, and what is longer than 32 bits or
    broken is what `types` say. An error becomes a problem (RFC 9457) with the HTTP status that stands for the status of
    Triple. The older protocol of Dubbo 2, `dubbo://`, is not HTTP: it passes through a TCP route as it is.

    service: The service that is called, which speaks HTTP/2; `namespace/name` for one elsewhere.

    interface: The interface that is called, `com.example.UserService`; with a `definition`, the service in it.

    version: The version of the interface.

    group: The group of the interface.

    definition: The definition with the compiled `.proto` files; without it, the interface is one in Java alone.

    headers: Headers of each call, by name, with expressions in braces: what Dubbo calls attachments.

    forward: More headers of the client's request that each call carries, such as `authorization`. Who the consumer is, the client's address, the trace, the request's id and `Accept-Language` are always passed on.

    endpoints: What clients can call, by a name.

    timeout: The time for a call with its whole answer.

    max_body: How many bytes a request may have, and each answer of the backend.
    """

class EnvoyPatchHttpFilter(TypedDict):
    name: str
    config: Mapping[str, object]
    before: NotRequired[Literal['edge', 'cors', 'authn', 'consumer', 'authz', 'limit', 'quota', 'transform', 'inspect', 'plugin', 'cache', 'convert', 'compose', 'router'] | None]
    after: NotRequired[Literal['edge', 'cors', 'authn', 'consumer', 'authz', 'limit', 'quota', 'transform', 'inspect', 'plugin', 'cache', 'convert', 'compose', 'router'] | None]
    disabled: NotRequired[bool]

class EnvoyPatchNetworkFilter(TypedDict):
    name: str
    config: Mapping[str, object]

def envoy_patch(*, route: Mapping[str, object] = ..., cluster: Mapping[str, object] = ..., http_options: Mapping[str, object] = ..., listener: Mapping[str, object] = ..., connection_manager: Mapping[str, object] = ..., http_filters: Sequence[EnvoyPatchHttpFilter] = ..., network_filters: Sequence[EnvoyPatchNetworkFilter] = ...) -> Attached:
    """Write Envoy configuration of your own over what is made of everything else. Unsafe: it can undo any guard.

    Each part is a JSON merge patch (RFC 7396) of a finished Envoy message: objects are merged, `null` removes, and all
    else is replaced, lists as a whole. A configuration inside `@type` is merged if its type stays. What a patch builds
    on may change with every release, and with the Envoy in it; only a finding, or the proof before it goes live, says
    so. Secrets do not belong here: a patch is shown to whoever may read the configuration.

    route: Over the route (`envoy.config.route.v3.Route`). Attached to a gateway, listener, service or namespace, over each of its routes.

    cluster: Over the cluster of a service (`envoy.config.cluster.v3.Cluster`).

    http_options: Over how HTTP is spoken to a service (`envoy.extensions.upstreams.http.v3.HttpProtocolOptions`).

    listener: Over the listener of a gateway's port (`envoy.config.listener.v3.Listener`).

    connection_manager: Over the HTTP connection manager of a listener.

    http_filters: Filters of your own among the filters of a listener, `before` or `after` a stage: a request passes the stages `edge`, `cors`, `authn`, `consumer`, `authz`, `limit`, `transform`, `python` and `router` in this order.

    network_filters: Filters of your own in front of everything that is done with a connection: on listeners for TCP they see the bytes of a protocol that we know nothing of.
    """

class ErrorPagesPage(TypedDict):
    body: str
    content_type: NotRequired[str]
    status: NotRequired[int | None]

def error_pages(value: Mapping[str, ErrorPagesPage | str] = ..., /, *, pages: Mapping[str, ErrorPagesPage | str] = ...) -> Attached:
    """Answers in place of errors, by status: `{404: Nothing here, 5xx: {body: ..., content_type: text/html}}`.

    A gRPC call gets the body as its message. A page replaces the error as a whole: headers that a backend or another
    policy gave to it, cookies and CORS headers among them, are gone; those that the policy `headers` writes are there
    on routes that forward. A page is not compressed.

    pages: The pages, by what they stand for: a status such as `404`, or all of a class, `4xx` or `5xx`. A status goes before its class. Attached at several places, the pages add up.
    """

class ExtAuthzBody(TypedDict):
    max: int | str
    partial: NotRequired[bool]

def ext_authz(value: Literal[False] = ..., /, *, enabled: bool = ..., service: str | None = ..., protocol: Literal['http', 'grpc'] = ..., path: str | None = ..., timeout: str | Literal[0] = ..., on_failure: Literal['deny', 'allow'] = ..., headers_to_authorizer: Sequence[str] | None = ..., headers_to_backend: Sequence[str] = ..., headers_to_client: Sequence[str] = ..., body: ExtAuthzBody | int | str | None = ..., context: Mapping[str, str] = ...) -> Attached:
    """Ask a service whether a request may pass. `ext_authz: false` does not ask, where a farther place would.

    enabled: Whether the authorizer is asked.

    service: The service that decides; `namespace/name` for one elsewhere.

    protocol: How it is asked.

    path: Where an HTTP authorizer is asked. Without it, at the path of the request. Either way it finds what was asked of the gateway in `x-forwarded-method`, `-proto`, `-host`, `-uri` and `-for`.

    timeout: How long a decision may take; then the authorizer has failed. 1s by default: long for a decision, short for a client that waits.

    on_failure: What becomes of a request without a decision. By default it is refused, with 503; `allow` leaves every door open to whoever can keep the authorizer busy.

    headers_to_authorizer: The headers of the request that the authorizer sees; all of them without it, cookies and tokens included. The host, the request id and what authentication found out are always among them.

    headers_to_backend: The headers of its answer that reach the backend, and no others do. The client's own of the same names are taken off, whether the authorizer sets them or not.

    headers_to_client: The headers of its answer that reach the client, with a refusal and without; `content-type`, `location`, `retry-after`, `set-cookie` and `www-authenticate` come with a refusal anyway. For HTTP: gRPC names them itself.

    body: Send the body too, as a whole: the request waits until it is there. A gRPC authorizer finds it in `raw_body`.

    context: What else the authorizer should know of the route, such as `team: shop`: over HTTP in `x-context-team`, over gRPC in `attributes.route_metadata_context.filter_metadata`, under `crossway.ext_authz`.
    """

class FaultDelay(TypedDict):
    duration: str | Literal[0]
    percentage: NotRequired[float | str]

class FaultAbort(TypedDict):
    status: NotRequired[int | None]
    grpc_status: NotRequired[int | None]
    percentage: NotRequired[float | str]

class FaultValueMatch(TypedDict):
    exact: NotRequired[str | None]
    prefix: NotRequired[str | None]
    suffix: NotRequired[str | None]
    contains: NotRequired[str | None]
    regex: NotRequired[str | None]
    present: NotRequired[bool | None]
    invert: NotRequired[bool]

def fault(*, delay: FaultDelay | str | Literal[0] | None = ..., abort: FaultAbort | int | None = ..., headers: Mapping[str, FaultValueMatch | str | float | bool] = ..., max_active: int | None = ...) -> Attached:
    """Delay requests or answer them with an error: `fault: {abort: {status: 503, percentage: 1%}}`.

    A request can be delayed and get an error then; each share is drawn by itself.

    delay: Wait before the backend is asked.

    abort: Answer with an error, and leave the backend alone.

    headers: Only for requests that meet all of these conditions on headers, such as `{x-chaos: on}`. Without it, for all.

    max_active: How many requests at most are under a fault at a time, in each proxy and over all routes of a listener; beyond it, requests pass unharmed. Without it, any number.
    """

class GraphqlGraphqlSource(TypedDict):
    service: str
    definition: str
    base: NotRequired[str | None]

class GraphqlGraphqlLink(TypedDict):
    source: str
    operation: str
    arguments: Mapping[str, str]
    many: NotRequired[str | None]
    list: NotRequired[bool]
    items: NotRequired[str | None]
    size: NotRequired[int]

class GraphqlLimits(TypedDict):
    depth: NotRequired[int]
    aliases: NotRequired[int]
    root_fields: NotRequired[int]
    directives: NotRequired[int]
    tokens: NotRequired[int]
    introspection: NotRequired[Literal['allow', 'deny'] | str | Sequence[str] | Sequence[Sequence[str]]]
    operations: NotRequired[Sequence[Literal['query', 'mutation', 'subscription']]]
    cost: NotRequired[GraphqlCost | int | None]
    fields: NotRequired[Mapping[str, str | Sequence[str] | Sequence[Sequence[str]]]]

class GraphqlCost(TypedDict):
    limit: int
    types: NotRequired[Mapping[str, int]]
    fields: NotRequired[Mapping[str, int]]
    lists: NotRequired[Mapping[str, GraphqlListSize]]
    arguments: NotRequired[Sequence[str]]
    assumed: NotRequired[int]

class GraphqlListSize(TypedDict):
    arguments: NotRequired[Sequence[str]]
    assumed: NotRequired[int | None]
    fields: NotRequired[Sequence[str]]

def graphql(*, sources: Mapping[str, GraphqlGraphqlSource], links: Mapping[str, GraphqlGraphqlLink] = ..., rename: Mapping[str, str] = ..., hide: Sequence[str] = ..., limits: GraphqlLimits = ..., forward: Sequence[str] = ..., timeout: str | Literal[0] = ..., parallel: int = ..., max_calls: int = ..., max_body: int | str = ..., max_request: int | str = ..., max_batch: int = ...) -> Attached:
    """Answer GraphQL with what services say that speak REST or gRPC: one schema over all of them.

    The schema is made from the services' own definitions. Schemas and messages become types. What only reads becomes a
    query: operations with GET, and methods of gRPC that say so (`google.api.http` with `get`, or `idempotency_level =
    NO_SIDE_EFFECTS`) or are called `Get...`, `List...`, `Search...`, `BatchGet...` or alike. Everything else becomes a
    mutation. Links join the types of different services. The route has no `to`. Calls go through the proxy like any
    request, so the policies of the services hold for them.

    Requests are answered as [GraphQL over HTTP](https://graphql.github.io/graphql-over-http/draft/) has it. A field
    that calls a service can always be null: where the call fails, `errors` says so, and everything else is there.

    sources: The services, by name. Where two of them have a type of the same name, the one that stands first keeps it, and the name of the other begins with that of its source: `OrdersAddress`.

    links: Fields that join types, by type and name, such as `Order.customer`; types have their new names here. One with the name of a field that is there takes its place.

    rename: Other names for types, `Customer_DTO: Customer`, and fields, `Query.getCustomer: customer`, by the names that they have from their definitions.

    hide: Types and fields that clients do not see, such as `Order.note`, by their new names. With a type go all fields that have it. Links may use what is hidden.

    limits: What one operation may be.

    forward: More headers of the client's request that calls carry, such as `authorization`. Who the consumer is, the client's address, the trace, the request's id and `Accept-Language` are always passed on.

    timeout: The time for everything. Fields that are not there by then are null.

    parallel: How many calls of one request run at once.

    max_calls: How many calls one request may lead to. Fields that would need one more are null. A page rarely needs ten; a hundred is what a list of a hundred objects needs without `many`.

    max_body: The largest body of one answer of a service. All answers of a request together are at most 16 MiB.

    max_request: The largest body of a request. Documents are a few kilobytes long; variables may be more.

    max_batch: How many operations a request may hold, as a list.
    """

class GraphqlBackendGraphqlEndpoint(TypedDict):
    method: NotRequired[str]
    path: str
    query: str
    operation: NotRequired[str | None]
    variables: NotRequired[Mapping[str, str | bool | int | float | Sequence[GraphqlBackendTree] | Mapping[str, GraphqlBackendTree] | None]]
    answer: NotRequired[str | bool | int | float | Sequence[GraphqlBackendTree] | Mapping[str, GraphqlBackendTree] | None]

GraphqlBackendTree: TypeAlias = str | bool | int | float | Sequence[GraphqlBackendTree] | Mapping[str, GraphqlBackendTree] | None

def graphql_backend(*, service: str, path: str = ..., definition: str, headers: Mapping[str, str | int | bool] = ..., forward: Sequence[str] = ..., endpoints: Mapping[str, GraphqlBackendGraphqlEndpoint], errors: Mapping[str, int] = ..., partial: bool = ..., openapi: str | None = ..., timeout: str | Literal[0] = ..., max_body: int | str = ...) -> Attached:
    """Give a backend that speaks GraphQL a REST API: each endpoint is one operation.

    Documents are checked against the schema when the configuration is loaded. Errors of the backend become problems
    (RFC 9457) with `errors`: the status is that of the first code in `extensions` that has one, 502 without such a one.

    service: The service that is called; `namespace/name` for one elsewhere.

    path: The path at which it is called.

    definition: The schema of the backend: its SDL, or the answer to an introspection, in JSON.

    headers: Headers of each call, by name, with expressions in braces. One whose expression gives nothing is left out.

    forward: More headers of the client's request that each call carries, such as `authorization`. Who the consumer is, the client's address, the trace, the request's id and `Accept-Language` are always passed on.

    endpoints: What clients can call, by a name.

    errors: The status for codes of the backend's errors (`extensions.code`): `{OUT_OF_STOCK: 409}`. Known without it are `UNAUTHENTICATED` (401), `FORBIDDEN` (403), `NOT_FOUND` (404), `BAD_USER_INPUT` (400), `CONFLICT` (409), `TOO_MANY_REQUESTS` and `RATE_LIMITED` (429), `SERVICE_UNAVAILABLE` (503) and `TIMEOUT` (504).

    partial: Whether an answer with errors is good if it has data as well: what failed is null in it. Otherwise every error makes the whole answer one.

    openapi: Where the OpenAPI description of the endpoints can be had with GET, below what the route matches: `/openapi.json`. Nowhere without it.

    timeout: The time for a call with its whole answer.

    max_body: How many bytes a request may have, and each answer of the backend.
    """

class GraphqlLimitsCost(TypedDict):
    limit: int
    types: NotRequired[Mapping[str, int]]
    fields: NotRequired[Mapping[str, int]]
    lists: NotRequired[Mapping[str, GraphqlLimitsListSize]]
    arguments: NotRequired[Sequence[str]]
    assumed: NotRequired[int]

class GraphqlLimitsListSize(TypedDict):
    arguments: NotRequired[Sequence[str]]
    assumed: NotRequired[int | None]
    fields: NotRequired[Sequence[str]]

class GraphqlLimitsPersistedDocuments(TypedDict):
    trusted: NotRequired[GraphqlLimitsTrusted | None]
    only: NotRequired[bool]
    automatic: NotRequired[GraphqlLimitsAutomaticPersisted | None]

class GraphqlLimitsTrusted(TypedDict):
    documents: NotRequired[Mapping[str, str]]
    definition: NotRequired[str | None]

class GraphqlLimitsAutomaticPersisted(TypedDict):
    lifetime: NotRequired[str | Literal[0]]

def graphql_limits(*, depth: int = ..., aliases: int = ..., root_fields: int = ..., directives: int = ..., tokens: int = ..., introspection: Literal['allow', 'deny'] | str | Sequence[str] | Sequence[Sequence[str]] = ..., operations: Sequence[Literal['query', 'mutation', 'subscription']] = ..., cost: GraphqlLimitsCost | int | None = ..., fields: Mapping[str, str | Sequence[str] | Sequence[Sequence[str]]] = ..., definition: str | None = ..., batch: int = ..., max_body: int | str = ..., max_variables: int | str = ..., get: Literal['preflight', 'allow', 'deny'] = ..., persisted: GraphqlLimitsPersistedDocuments = ..., subscriptions: int = ...) -> Attached:
    """Protect a GraphQL backend: what is within the limits reaches it unchanged, all else is answered here.

    The route leads to the backend, over HTTP (GraphQL over HTTP, with `application/json`), over SSE and over WebSockets
    (`graphql-transport-ws`). Each operation is looked at, also each that is subscribed to on a connection that is open.
    A request that cannot be read without doubt is refused: with keys or parameters that stand there twice, an operation
    that is not named among several, a `query` in the URL of a POST.

    depth: How many fields may stand within each other. Introspection has a fixed bound of its own, 20, since the queries of tools are deeper than others; its lists may stand within each other twice.

    aliases: How many fields may have an alias.

    root_fields: How many fields the operation may ask for at its root: each may be one call of a resolver that is dear.

    directives: How many directives there may be.

    tokens: How many tokens (names, braces, values ...) a document may have. To read one takes about 5 us of CPU.

    introspection: Who may ask for the schema itself, by `__schema`, `__type` or `_service`: everybody, nobody, or clients with these scopes.

    operations: Which operations there may be.

    cost: What an operation may cost. This needs a `definition`.

    fields: The scopes that a client needs for a field, or for any field of a type: `{Query.salaries: hr:read, Employee: [staff]}`. Of a list it needs all, of a list of lists all of one. `@requiresScopes` and `@authenticated` in the schema hold as well. What a client asks for through an interface or a union needs the scopes of all types that may stand behind it. This needs a `definition`.

    definition: The schema of the backend (SDL). With it, fields that are not in the schema are refused, and costs and scopes of fields are known.

    batch: How many operations one request may have. More than one is a list of them, which few backends take.

    max_body: The largest body of a request, and the largest message on a WebSocket.

    max_variables: The most that the variables of one operation may have, in JSON.

    get: Whether queries may come with GET, in the URL; mutations never may. With `preflight` such a request needs a header that pages of other sites cannot send without asking, so that they cannot ask in the name of a user: `content-type` of JSON, `graphql-require-preflight`, `apollo-require-preflight` or `x-apollo-operation-name`. A browser's `EventSource` sends none of them, and needs `allow`.

    subscriptions: How many operations may be under way at once on one WebSocket.
    """

class GrpcHttpRule(TypedDict):
    get: NotRequired[str | None]
    put: NotRequired[str | None]
    post: NotRequired[str | None]
    delete: NotRequired[str | None]
    patch: NotRequired[str | None]
    body: NotRequired[str]
    response_body: NotRequired[str]

def grpc(*, definition: str, services: Sequence[str] = ..., rules: Mapping[str, GrpcHttpRule] = ..., proto_names: bool = ..., emit_defaults: bool = ..., max_size: int | str = ...) -> Attached:
    """Clients that speak gRPC call services that speak REST with JSON.

    How a method becomes a request stands in the `.proto` file, as its annotation `google.api.http`, or under `rules`.
    Fields go into the path, the body and the query as it says, metadata become headers and headers metadata. The answer
    becomes the message; fields that it has and the message has not are left out. A status of HTTP becomes the status of
    gRPC that stands for it (404 is `NOT_FOUND`), with what the body says as its message.

    A stream from the service is NDJSON, server-sent events or a JSON array, as its content type says, and one to it is
    NDJSON; both go on message by message. What is not gRPC passes as it is.

    definition: The definition that holds the compiled `.proto` files, a descriptor set.

    services: The services that can be called, by their full names, `package.Service`; all of the definition if empty.

    rules: How methods are called, `package.Service/Method: {get: /v1/orders/{id}}`: for those without an annotation, or in its place.

    proto_names: Write fields as the `.proto` file does, `unit_price`, and not as JSON does, `unitPrice`. Both are read.

    emit_defaults: Write fields that have their default value, such as 0 or an empty text, too. They are left out by default, as they are in gRPC.

    max_size: The largest message in both directions, as gRPC and as JSON. More is the error `RESOURCE_EXHAUSTED`. 4MiB, the default, is what gRPC itself takes for one message.
    """

def grpc_json(*, definition: str, services: Sequence[str] = ..., auto_mapping: bool = ..., unknown_query: Literal['reject', 'ignore'] = ..., proto_names: bool = ..., emit_defaults: bool = ..., enums_as_numbers: bool = ..., streaming: Literal['array', 'ndjson', 'sse'] = ..., max_size: int | str = ...) -> Attached:
    """Translate JSON over HTTP for gRPC services, by the `google.api.http` annotations of their methods.

    Paths, query parameters and bodies become the request message, the answer becomes JSON. A gRPC error becomes the
    HTTP status that stands for it, with a `google.rpc.Status` as JSON in the body. Calls in gRPC itself pass as they
    are, and a request for which there is no method is answered 404. An unknown field of a body is left out. What is
    streamed to the service is a JSON array.

    definition: The definition that holds the compiled `.proto` files: a descriptor set, or what the service itself says by reflection.

    services: The services that can be called, by their full names, `package.Service`; all in the set that have annotations if empty.

    auto_mapping: Whether a method without an annotation can be called as well: as `POST /package.Service/Method`, with the message as the body. Off by default: an annotation says that a method is meant for everybody.

    unknown_query: What becomes of a query parameter that is no field of the message: the request is answered 400 (`reject`), which makes typing errors visible, or the parameter is left out (`ignore`).

    proto_names: Write fields as the `.proto` file does, `unit_price`, and not as JSON does, `unitPrice`. Both are read.

    emit_defaults: Write fields that have their default value, such as 0 or an empty text, too. They are left out by default, as they are in gRPC.

    enums_as_numbers: Write the numbers of enum values in place of their names. Both are read.

    streaming: How the messages of a stream are written: as one JSON `array`, one on each line (`ndjson`), or as server-sent events (`sse`), which browsers read.

    max_size: How much of a body may wait for its translation, where 413 is the answer to more, and of an answer, where 500 stands in for more. 4MiB, the default, is what gRPC itself takes for one message.
    """

def grpc_web(value: bool = ..., /, *, enabled: bool = ...) -> Attached:
    """Translate gRPC-Web for backends. In one line, `grpc_web: false` hands it to a backend that speaks it itself.

    It is translated where nothing is said and a service of the route may speak HTTP/2, which gRPC needs: a service that
    only has HTTP/1.1 always gets gRPC-Web as it came. A browser on another site needs `cors` as well.

    enabled: Whether gRPC-Web is translated. `true` takes back a `false` from farther away.
    """

class HeadersEdits(TypedDict):
    set: NotRequired[Mapping[str, str | int | float | bool]]
    set_if_present: NotRequired[Mapping[str, str | int | float | bool]]
    add: NotRequired[Mapping[str, str | int | float | bool]]
    add_if_absent: NotRequired[Mapping[str, str | int | float | bool]]
    remove: NotRequired[Sequence[str]]

def headers(*, request: HeadersEdits = ..., response: HeadersEdits = ...) -> Attached:
    """Change headers. Attached at several places, the edits add up; the closest place decides about one header.

    A value is literal text with variables: `{client_ip}`, `{host}` and `{path}` (as the client asked, without the
    query), `{method}`, `{request_id}`, `{route}`, `{service}`. `{{host}}` stands for the text `{host}`; other braces
    stand for themselves. A header whose value comes out empty is not written.

    request: Changes to the request, seen by the backend alone: routes are chosen and policies hold before them.

    response: Changes to the response. They hold for the gateway's own answers on the route as well, such as a 503.
    """

class HealthCheckGrpcCheck(TypedDict):
    service: NotRequired[str]

class HealthCheckTcpCheck(TypedDict):
    send: NotRequired[str]
    receive: NotRequired[str]

class HealthCheckStatusRange(TypedDict):
    first: int
    last: int

def health_check(value: str | None = ..., /, *, path: str | None = ..., grpc: HealthCheckGrpcCheck | None = ..., tcp: HealthCheckTcpCheck | None = ..., interval: str | Literal[0] = ..., timeout: str | Literal[0] = ..., unhealthy_after: int = ..., healthy_after: int = ..., expected_statuses: Sequence[HealthCheckStatusRange | int | str] = ..., host: str | None = ..., headers: Mapping[str, str] = ..., jitter: float | str = ...) -> Attached:
    """Probe every endpoint and send requests only to healthy ones. In one line, the path: `health_check: /healthz`.

    path: Ask for this path over HTTP.

    grpc: Ask by the gRPC health checking protocol; `grpc: {}` asks for the server as a whole.

    tcp: Open a connection; `tcp: {}` does no more.

    interval: The time between two probes of an endpoint. Every proxy probes for itself.

    timeout: A probe without an answer for this long has failed.

    unhealthy_after: After this many failures in a row an endpoint is unhealthy; after one if the answer was a refusing status.

    healthy_after: After this many successes in a row it is healthy again. A new endpoint needs one.

    expected_statuses: The status codes of a healthy answer, over HTTP.

    host: The `host` header of the probe (`:authority` for gRPC); the name of the service without it.

    headers: Headers to send along.

    jitter: Lengthen each interval at random by up to this percentage, so that proxies do not probe in step.
    """

def hedge(value: str | Literal[0] = ..., /, *, after: str | Literal[0] = ..., attempts: int = ..., methods: Sequence[str] = ...) -> Attached:
    """Ask a second time where the answer is slow, and take the first that comes. In one line: `hedge: 100ms`.

    The first request goes on; what comes too late is dropped. Nothing else counts as slow: failures are for `retry`,
    and the endpoint of the second request is found as for a retry, so that with `retry: {}` it is preferably another
    one. Requests of these methods are no longer ended by `timeout.backend`, but by `timeout.request`. Each hedge counts
    as a retry, also for `circuit_breaker`. A request with a body larger than the gateway keeps (1 MiB) is not repeated.

    after: How long the answer may take before it is asked for again: about what 95 of 100 answers take, so that some 5 more requests come of 100. The pause before each further hedge is as long.

    attempts: How often it is asked again at most. These are all retries that there are for these requests, so that `attempts` of `retry` does not count for them.

    methods: Only requests with these methods: by default those that change nothing (RFC 9110, section 9.2.1). Calls of gRPC are `POST`.
    """

def hmac_signature(*, components: Sequence[str] = ..., body: bool = ..., max_body: int | str = ..., max_age: str | Literal[0] = ..., clock_skew: str | Literal[0] = ..., nonce: bool = ..., tag: str | None = ...) -> Attached:
    """Ask for requests that a consumer has signed (RFC 9421), with a shared secret or with a private key; else 401.

    The control plane checks each request; one that it cannot check, because the control plane is away, is answered 503.

    components: What a signature has to cover at least: names of headers, and `@method`, `@target-uri`, `@authority`, `@path`, `@query`, `@scheme`, `@request-target`. Instead of `@target-uri`, one may cover `@authority`, `@path` and `@query`.

    body: Ask for a `content-digest` (RFC 9530) that is signed, and right, of a request with a body.

    max_body: The longest body: it is held back until it was checked, and a longer one is answered 413.

    max_age: How old a signature may be. Every signature has to say when it was `created`.

    clock_skew: How far the clocks of client and gateway may be apart.

    nonce: Ask for a `nonce`, and take each one only once for each key, so that a request cannot be sent again. It costs a write into the store for each request.

    tag: Only the signature with this `tag` counts, of several. Without it, a request has exactly one signature.
    """

class IpFilterRule(TypedDict):
    allow: NotRequired[Sequence[str]]
    deny: NotRequired[Sequence[str]]
    dry_run: NotRequired[bool]

def ip_filter(value: Sequence[IpFilterRule] | object = ..., /, *, rules: Sequence[IpFilterRule] = ...) -> Attached:
    """Let clients in, or keep them out, by their address: `ip_filter: {allow: [10.0.0.0/8], deny: [10.1.2.3]}`.

    The address is the one that the policy `client_ip` finds. Who does not pass gets 403. Attached at several places,
    a request has to pass all of them.

    rules: What has to be passed, one rule for each place where the policy is attached. A rule is written without this key; several, at most 8, are a list.
    """

class JsonRpcJsonRpcMethod(TypedDict):
    service: str
    method: NotRequired[str]
    query: NotRequired[Mapping[str, str | int | bool]]
    headers: NotRequired[Mapping[str, str | int | bool]]
    forward: NotRequired[Sequence[str]]
    body: NotRequired[str | bool | int | float | Sequence[JsonRpcTree] | Mapping[str, JsonRpcTree] | None]
    timeout: NotRequired[str | Literal[0] | None]
    accept: NotRequired[Sequence[str | int]]
    encoding: NotRequired[Literal['auto', 'json', 'text']]
    path: NotRequired[str | None]
    rpc: NotRequired[str | None]
    definition: NotRequired[str | None]
    answer: NotRequired[str | bool | int | float | Sequence[JsonRpcTree] | Mapping[str, JsonRpcTree] | None]
    parameters: NotRequired[Sequence[str]]
    errors: NotRequired[Mapping[str, int]]

JsonRpcTree: TypeAlias = str | bool | int | float | Sequence[JsonRpcTree] | Mapping[str, JsonRpcTree] | None

def json_rpc(*, methods: Mapping[str, JsonRpcJsonRpcMethod], max_batch: int = ..., parallel: int = ..., timeout: str | Literal[0] = ..., max_body: int | str = ...) -> Attached:
    """Answer JSON-RPC 2.0: each method is a call of a service, over HTTP or in gRPC.

    Batches and notifications are what the specification says (https://www.jsonrpc.org/specification). An error of a
    service becomes an error object with its status and what it said as `data`. Every answer has the status 200, or 204
    if there is nothing to say; what is no request at all is told in HTTP as well (405, 413, 415).

    methods: The methods, by name.

    max_batch: How many calls a batch may have. One that has more is refused as a whole.

    parallel: How many calls of a batch are made at once.

    timeout: The time for a request with its whole batch. Calls that are not done by then have failed.

    max_body: How many bytes a request may have, and each answer of a service.
    """

class JsonRpcBackendRpcEndpoint(TypedDict):
    method: NotRequired[str]
    path: str
    call: str
    params: NotRequired[str | bool | int | float | Sequence[JsonRpcBackendTree] | Mapping[str, JsonRpcBackendTree] | None]
    answer: NotRequired[str | bool | int | float | Sequence[JsonRpcBackendTree] | Mapping[str, JsonRpcBackendTree] | None]
    errors: NotRequired[Mapping[str, int]]

JsonRpcBackendTree: TypeAlias = str | bool | int | float | Sequence[JsonRpcBackendTree] | Mapping[str, JsonRpcBackendTree] | None

def json_rpc_backend(*, service: str, path: str = ..., headers: Mapping[str, str | int | bool] = ..., forward: Sequence[str] = ..., endpoints: Mapping[str, JsonRpcBackendRpcEndpoint], timeout: str | Literal[0] = ..., max_body: int | str = ...) -> Attached:
    """Give a backend that speaks JSON-RPC 2.0 a REST API: each endpoint is a call of one of its methods.

    An error becomes a problem (RFC 9457) with its `code`, `message` and `data`: 400 for parameters that do not fit
    (-32602), 501 for a method that is not there (-32601), and 502 for all others, unless `errors` says another.

    service: The service that is called; `namespace/name` for one elsewhere.

    path: The path at which it is called.

    headers: Headers of each call, by name, with expressions in braces. One whose expression gives nothing is left out.

    forward: More headers of the client's request that each call carries, such as `authorization`. Who the consumer is, the client's address, the trace, the request's id and `Accept-Language` are always passed on.

    endpoints: What clients can call, by a name.

    timeout: The time for a call with its whole answer.

    max_body: How many bytes a request may have, and each answer of the backend.
    """

class JwtTokenHeader(TypedDict):
    name: str
    prefix: NotRequired[str | None]

class JwtIssuer(TypedDict):
    header: NotRequired[JwtTokenHeader | str | Sequence[JwtTokenHeader | str]]
    query: NotRequired[str | Sequence[str]]
    cookie: NotRequired[str | Sequence[str]]
    claims_to_headers: NotRequired[Mapping[str, str]]
    payload_header: NotRequired[str | None]
    hide_credentials: NotRequired[bool]
    issuer: NotRequired[str | None]
    audiences: NotRequired[Sequence[str]]
    jwks: JwtJwks

class JwtJwks(TypedDict):
    uri: NotRequired[str | None]
    inline: NotRequired[Mapping[str, object] | None]
    secret: NotRequired[str | None]
    service: NotRequired[str | None]
    refresh: NotRequired[str | Literal[0]]
    timeout: NotRequired[str | Literal[0]]

class JwtShort(TypedDict):
    jwks: Mapping[str, object]

def jwt(value: JwtShort = ..., /, *, header: JwtTokenHeader | str | Sequence[JwtTokenHeader | str] = ..., query: str | Sequence[str] = ..., cookie: str | Sequence[str] = ..., claims_to_headers: Mapping[str, str] = ..., payload_header: str | None = ..., hide_credentials: bool = ..., issuers: Sequence[JwtIssuer] = ..., required_claims: Mapping[str, str | bool | int | float | Sequence[str | bool | int | float]] = ..., consumer_claim: str | None = ..., require_expiration: bool = ..., max_lifetime: str | Literal[0] | None = ..., clock_skew: str | Literal[0] = ..., cache: int = ..., **settings: Any) -> Attached:
    """Ask for a token that is signed, not expired, from the right issuer and for the right audience; else 401.

    One issuer is written without a list: `jwt: {issuer: ..., audiences: [...], jwks: {uri: ...}}`.

    header: The header that holds the token, or a list of these: `authorization`, after `Bearer`, where no place is named.

    query: The parameter of the query that holds the token, or a list. Tokens in URLs end up in logs and histories.

    cookie: The cookie that holds the token, or a list.

    claims_to_headers: Hand claims to the backend in headers: `{sub: x-user}`. What a client writes into these is taken off.

    payload_header: Hand all claims to the backend in this header, as JSON in base64url. What a client writes into it is taken off.

    hide_credentials: Take the token off the request, so that no backend sees it.

    issuers: Whose tokens are accepted.

    required_claims: What the token must say, else 403: `{email_verified: true, roles: [admin, editor]}`; of a list, one will do.

    consumer_claim: Find the consumer whose credential `jwt` has the value of this claim as its subject; no such consumer is 401. Without it, tokens need no consumer.

    require_expiration: Refuse tokens that never expire (without `exp`).

    max_lifetime: Refuse tokens that are good for longer than this.

    clock_skew: How far the clocks of issuer and gateway may be apart, in whole seconds and at least one.

    cache: How many verified tokens each worker of a proxy remembers; 0 none. A token that is remembered is good until it expires, even if its issuer takes the key away meanwhile.
    """

class LdapGroups(TypedDict):
    base: str
    filter: NotRequired[str]
    attribute: NotRequired[str]

def ldap(*, url: str, start_tls: bool = ..., user_dn: str, groups: LdapGroups | None = ..., cache: str | Literal[0] = ..., timeout: str | Literal[0] = ..., hide_credentials: bool = ...) -> Attached:
    """Ask for a name and a password that an LDAP directory knows, in `authorization` (Basic); else 401.

    The gateway binds with them, as the user, so it needs no account of its own. The user is the consumer of this name,
    with the groups of the directory; a consumer of the namespace with the same name adds its groups, tags and plan.
    Where the directory cannot be asked, the answer is 503. It needs the extra `ldap` of the package.

    url: Where the directory is. Passwords travel to it readably with `ldap://`, unless `start_tls` is on.

    start_tls: Speak TLS after connecting to `ldap://`. The control plane has to trust the certificate.

    user_dn: Who binds: `uid={username},ou=people,dc=example,dc=com`, or `{username}@example.com` for Active Directory.

    groups: Where the groups of a user are found; without it, they are not asked for.

    cache: How long a password that was right is not asked about again: one that is changed works for so long. 0 asks always.

    timeout: How long the directory may take to answer each question.

    hide_credentials: Take the header off the request, so that no backend sees the password.
    """

def limits(*, request_headers: int | str = ..., header_count: int = ..., underscores: Literal['reject', 'drop', 'allow'] = ..., request_headers_timeout: str | Literal[0] = ..., request_timeout: str | Literal[0] = ..., stream_idle_timeout: str | Literal[0] = ..., idle_timeout: str | Literal[0] = ..., max_connection_duration: str | Literal[0] | None = ..., max_requests_per_connection: int | None = ..., concurrent_streams: int = ..., connection_buffer: int | str = ...) -> Attached:
    """Bound what clients may take, against slow and flooding ones.

    request_headers: The size of all headers of a request, rounded up to whole KiB; more is answered 431.

    header_count: The number of headers of a request; more is answered 431.

    underscores: What becomes of header names with an underscore: to many backends `x_user` is the same as `x-user`, and who sends the one slips past a rule about the other.

    request_headers_timeout: How long sending the headers of a request may take, from their first byte; `0` has no bound.

    request_timeout: How long sending a whole request, body included, may take; more is answered 408. `0`, the default, has no bound: a bound would cut large uploads and client streaming, and a stalled body meets `stream_idle_timeout`.

    stream_idle_timeout: End a request on which nothing has moved, either way, for this long; `0` never. WebSockets and streams live longer if either side sends something now and then.

    idle_timeout: Close a connection without requests after this time; `0` never. A load balancer in front should give up sooner: the longest usual ones keep connections for 10 minutes.

    max_connection_duration: Close a connection this long after it was opened, once its requests are done; no bound without it.

    max_requests_per_connection: Close a connection after this many requests; no bound without it.

    concurrent_streams: Requests under way on one connection of HTTP/2 or HTTP/3.

    connection_buffer: How much is read ahead of a slower backend, and held for a slower client, on each connection. Bodies of any size pass through it; one that a policy has to see as a whole is bounded by that policy.
    """

class LoadBalancingHashKey(TypedDict):
    header: NotRequired[str | None]
    cookie: NotRequired[LoadBalancingHashCookie | str | None]
    query: NotRequired[str | None]
    source_ip: NotRequired[bool]

class LoadBalancingHashCookie(TypedDict):
    name: str
    ttl: NotRequired[str | Literal[0] | None]
    path: NotRequired[str]

class LoadBalancingSlowStart(TypedDict):
    window: str | Literal[0]
    aggression: NotRequired[float]
    min_weight: NotRequired[float | str]

class LoadBalancingZones(TypedDict):
    min_local_endpoints: NotRequired[int | None]
    min_endpoints: NotRequired[int]

def load_balancing(value: Literal['least_request', 'round_robin', 'random', 'ring_hash', 'maglev', 'weighted_response'] | None = ..., /, *, algorithm: Literal['least_request', 'round_robin', 'random', 'ring_hash', 'maglev', 'weighted_response'] | None = ..., hash_by: LoadBalancingHashKey | Literal['source_ip'] | Sequence[LoadBalancingHashKey | Literal['source_ip']] = ..., choices: int = ..., slow_start: LoadBalancingSlowStart | None = ..., zones: LoadBalancingZones | None = ..., table_size: int | None = ..., panic_threshold: float | str = ...) -> Attached:
    """Choose which endpoint gets a request. In one line, the algorithm: `load_balancing: round_robin`.

    algorithm: How an endpoint is chosen. Without it, `least_request`, which keeps slow endpoints from piling up requests; with `hash_by`, `maglev`.

    hash_by: Where the key for `ring_hash` and `maglev` is read; of several, the first one that a request has. A request without any goes to a random endpoint.

    choices: How many endpoints `least_request` compares. Two are nearly as good as all, at a fraction of the cost.

    slow_start: Warm endpoints up. For `least_request`, `round_robin` and `weighted_response`.

    zones: Prefer the zone of the proxy. For `least_request`, `round_robin` and `random`.

    table_size: The number of places in the table of `maglev` (a prime number, 65537 without it), or the least on the ring of `ring_hash` (1024 without it). More places spread more evenly and cost memory: ten times the endpoints is plenty.

    panic_threshold: Below this percentage of healthy endpoints, health is not looked at and all get traffic. The default acts only when (nearly) none is left, where trying is better than refusing; 0 refuses.
    """

def metrics(value: bool = ..., /, *, enabled: bool = ..., routes: bool = ..., consumers: bool = ..., max_routes: int = ..., max_consumers: int = ...) -> Attached:
    """Count requests and their latency by route and service, and by consumer, for Prometheus; off by default.

    `metrics: true` counts by route and service. Services, listeners and limits are counted without it.

    enabled: Whether anything of this is counted.

    routes: Count requests by route, service and status, and their latency by route and service. The service is the one that a request was passed on to; it is empty for what the gateway answers itself, and for compositions.

    consumers: Count requests by consumer and status, once one was recognised. Off by default: it shows names of customers to whoever reads metrics.

    max_routes: At most so many pairs of route and service have a latency, on each listener, and requests ten statuses of each. A pair costs a proxy 1 kB of memory, 2.5 kB for each of its workers, and 2 kB of the page that is scraped. The second match of a route, `orders#1`, is a pair of its own.

    max_consumers: At most so many consumers are counted, on each listener, with ten statuses each, 200 bytes for one. Whoever comes first has a place until the listener is changed; the others are counted by route only.
    """

class MirrorCopy(TypedDict):
    to: str
    percent: NotRequired[float | str]

def mirror(value: Sequence[MirrorCopy | str] | object = ..., /, *, copies: Sequence[MirrorCopy | str] = ...) -> Attached:
    """Copy requests to other services. In one line: `orders_v2`, `{to: orders_v2, percent: 10}`, or a list of these.

    The client gets the answer of the route's own backend, as fast as without the mirror; answers to copies are thrown
    away, and a service that fails to answer them harms nobody. A copy carries the request as the backend gets it,
    changed headers and path included. Copies are real requests: what they write is written twice.

    copies: The services that get copies. Each draws its share by itself.
    """

def mtls() -> Attached:
    """Recognise a consumer by its client certificate: by a name in it, or by its fingerprint.

    The listener has to ask for certificates (`tls.client`) and says which authorities it believes, and which of their
    certificates are revoked. A request without a certificate that a consumer has is answered 401.
    """

def oauth2(value: str = ..., /, *, issuer: str = ..., scopes: Sequence[str] = ..., audience: str | None = ..., hide_credentials: bool = ...) -> Attached:
    """Ask for an access token of Crossway's own server, the policy `oauth2_server` on a route of the same namespace.

    In one line, its issuer. A request without a token that is valid is answered 401; one whose token has not every
    scope, 403. The backend sees the consumer that the token was issued for: the user who logged in, or else the client.

    issuer: The issuer, as `oauth2_server` has it.

    scopes: The scopes that a token must have, all of them.

    audience: For whom the token must be made (`aud`); the issuer if nobody is named, as in `oauth2_server`.

    hide_credentials: Take the token off the request, so that no backend sees it.
    """

def oauth2_server(*, issuer: str, scopes: Mapping[str, str] = ..., audience: str | None = ..., access_token_lifetime: str | Literal[0] = ..., refresh_token_lifetime: str | Literal[0] = ...) -> Attached:
    """Issue tokens to the clients among the consumers: on this route, whatever it leads to, so let it `respond`.

    Below the path of the `issuer` are `authorize`, `token`, `revoke`, `introspect` and `jwks`; the metadata (RFC 8414)
    are at `/.well-known/oauth-authorization-server` before that path, and behind it. A user logs in with the name and
    password of a consumer (`basic_auth`), and agrees, on one page that the gateway serves.

    issuer: The URL of the server, as clients know it; the route has to match what is below its path.

    scopes: The scopes that there are, with the words in which users are asked for them.

    audience: For whom the tokens are (`aud`); the issuer itself if nobody is named.

    access_token_lifetime: How long an access token is good for. Routes check it without a call: one that is revoked is good until then.

    refresh_token_lifetime: How long a refresh token is good for if it is not used. Each use gives another one.
    """

class OdataEntitySet(TypedDict):
    key: str
    properties: Mapping[str, OdataProperty | Literal['Boolean', 'Byte', 'SByte', 'Int16', 'Int32', 'Int64', 'Single', 'Double', 'Decimal', 'String', 'Guid', 'Date', 'DateTimeOffset', 'TimeOfDay', 'Duration', 'Binary']]
    navigation: NotRequired[Mapping[str, OdataNavigation]]
    source: OdataCollection | OdataTable
    search: NotRequired[Sequence[str] | None]
    writable: NotRequired[bool]

class OdataProperty(TypedDict):
    type: Literal['Boolean', 'Byte', 'SByte', 'Int16', 'Int32', 'Int64', 'Single', 'Double', 'Decimal', 'String', 'Guid', 'Date', 'DateTimeOffset', 'TimeOfDay', 'Duration', 'Binary']
    nullable: NotRequired[bool]
    field: NotRequired[str | None]

class OdataNavigation(TypedDict):
    set: str
    by: str
    many: NotRequired[bool]

class OdataCollection(TypedDict):
    service: str
    path: str
    item_path: NotRequired[str | None]
    items: NotRequired[str | None]
    item: NotRequired[str | None]
    query: NotRequired[Mapping[str, str]]
    forward: NotRequired[Sequence[str]]
    pushdown: NotRequired[OdataPushdown]
    max_items: NotRequired[int]
    max_body: NotRequired[int | str]

class OdataPushdown(TypedDict):
    top: NotRequired[str | None]
    skip: NotRequired[str | None]
    page_size: NotRequired[int]
    filter: NotRequired[Mapping[str, str]]

class OdataTable(TypedDict):
    table: str
    database: NotRequired[str | None]

class OdataDatabase(TypedDict):
    url: str
    connections: NotRequired[int]
    timeout: NotRequired[str | Literal[0]]

class OdataQueryLimits(TypedDict):
    max_top: NotRequired[int]
    max_expand_depth: NotRequired[int]
    max_expands: NotRequired[int]
    max_filter_depth: NotRequired[int]
    max_filter_nodes: NotRequired[int]
    max_orderby: NotRequired[int]
    max_batch: NotRequired[int]
    max_batch_body: NotRequired[int | str]
    max_url: NotRequired[int | str]

def odata(*, sets: Mapping[str, OdataEntitySet], databases: Mapping[str, OdataDatabase | str] = ..., namespace: str = ..., page_size: int = ..., limits: OdataQueryLimits = ..., timeout: str | Literal[0] = ...) -> Attached:
    """Speak OData v4 with clients; behind it are REST collections and SQL tables.

    Clients ask with `$filter`, `$select`, `$orderby`, `$top`, `$skip`, `$count`, `$expand` and `$search`, get
    `$metadata` in XML and JSON, and put several requests into one `$batch`. The route matches a prefix, `/odata/*`, and
    has no `to`.

    What is asked of a table becomes one SQL statement with bound parameters. Of a collection, as much is left to the
    service as `pushdown` says; the rest is done in the gateway, over at most `max_items` items. A `$filter` of a table
    passes navigation properties to tables of the same database; one of a collection passes all.

    sets: The sets of entities, by the name that clients use.

    databases: The SQL databases, by name.

    namespace: The namespace of the types in `$metadata`.

    page_size: How many entities an answer has at most; `@odata.nextLink` leads to the others. A client may ask for fewer, with `Prefer: odata.maxpagesize`.

    limits: Bounds on what a client may ask.

    timeout: The time for one request, or a whole `$batch`.
    """

def odata_limits(*, max_top: int = ..., max_expand_depth: int = ..., max_expands: int = ..., max_filter_depth: int = ..., max_filter_nodes: int = ..., max_orderby: int = ..., max_batch: int = ..., max_batch_body: int | str = ..., max_url: int | str = ..., methods: Sequence[Literal['GET', 'POST', 'PATCH', 'PUT', 'DELETE']] = ..., functions: Sequence[str] | None = ..., orderby: Sequence[str] | None = ..., options: Sequence[str] | None = ..., denied: Sequence[str] = ..., page_size: int | None = ..., max_body: int | str = ...) -> Attached:
    """Protect an OData v4 service: bounds on what clients may ask of it, checked before it is asked.

    What goes beyond them is answered with an error in OData's own format. Requests in a `$batch` are checked like all
    others.

    max_top: The largest `$top`, within `$expand` too.

    max_expand_depth: How deep `$expand` may stand in `$expand`, and the largest `$levels`. 0 allows none at all.

    max_expands: How many navigation properties one request may expand, at all depths together.

    max_filter_depth: How deep expressions may stand in one another. `a and b and c` is one level.

    max_filter_nodes: How many operators, functions, properties and literals all expressions of a request may have together.

    max_orderby: How many expressions `$orderby` may have.

    max_batch: How many requests a `$batch` may have. 0 allows none at all.

    max_batch_body: The largest body of a `$batch`, and of any other request that the gateway has to read.

    max_url: The longest path with its query, in bytes.

    methods: The methods that clients may use; `GET` allows `HEAD` too. `POST` to `$batch` and `$query` is always allowed, as these read: what stands in a `$batch` is held to this list.

    functions: The functions that expressions may call, such as `[contains, startswith]`; `any` and `all` count as functions. Every function if it is left out.

    orderby: The properties that `$orderby` may name, with their path: `[name, customer/name]`. Every one if left out.

    options: The system query options that clients may use: `[$filter, $select, $top]`. Every one if it is left out.

    denied: Properties that clients can neither select, filter, order nor ask for, in whichever set: a request that names one is refused, and it is taken out of answers, which have to be JSON of at most `max_body` bytes for that.

    page_size: The page size that the service is asked for (`Prefer: odata.maxpagesize`), unless the client asks for less.

    max_body: The largest answer out of which `denied` properties are taken.
    """

class OidcCookie(TypedDict):
    name: NotRequired[str | None]
    domain: NotRequired[str | None]
    path: NotRequired[str]
    same_site: NotRequired[Literal['strict', 'lax', 'none']]

def oidc(*, issuer: str, client_id: str, client_secret: str, authorization_endpoint: str | None = ..., token_endpoint: str | None = ..., jwks_uri: str | None = ..., end_session_endpoint: str | None = ..., service: str = ..., client_auth: Literal['client_secret_basic', 'client_secret_post'] = ..., scopes: Sequence[str] = ..., redirect_path: str = ..., logout_path: str = ..., post_logout_redirect: str | None = ..., refresh: bool = ..., session_ttl: str | Literal[0] = ..., claims_to_headers: Mapping[str, str] = ..., consumer_claim: str | None = ..., forward_token: bool = ..., cookie: OidcCookie = ...) -> Attached:
    """Have people log in at an OpenID Connect provider: with a code, PKCE, and a session in encrypted cookies.

    A browser without a session is sent to the provider and back to where it wanted to go. Any other client, by its
    `Accept` header or `X-Requested-With`, is answered 401. Clients need TLS: browsers return these cookies over nothing
    else. The backend finds the verified identity token in the session's cookie `NAME-id`.

    `issuer`, `client_id` and `client_secret` are enough for a provider that says where its endpoints are.

    issuer: Who makes the tokens (`iss`), exactly as the provider writes it. For endpoints that are not written, the control plane asks at its `/.well-known/openid-configuration`; until there is an answer, the route is closed.

    client_id: How the provider calls this gateway. The token has to be made for it (`aud`).

    client_secret: What the provider knows it by: the secret itself, or `secret:NAME` for one of the store. The keys of sessions are derived from it, so that a new one ends them all.

    authorization_endpoint: Where browsers are sent to log in, if that is not what the provider says.

    token_endpoint: Where the gateway trades a code for tokens, if that is not what the provider says.

    jwks_uri: Where the provider publishes its keys, if that is not what it says. With these three written, it is not asked.

    end_session_endpoint: Where browsers are sent to log out at the provider too; without it, where a provider that is asked says, or they log out here alone.

    service: The service that reaches the provider; without it, the gateway follows `token_endpoint` and `jwks_uri`.

    client_auth: How the gateway shows the secret.

    scopes: What is asked for. `openid` is always among it.

    redirect_path: Where the provider sends browsers back to, on the host that they came to. A route with this policy has to match it; two providers on one host need two.

    logout_path: Where a browser ends its session. A route with this policy has to match it.

    post_logout_redirect: Where the provider sends browsers after the logout; without it, to `/` on the host that they came to.

    refresh: Ask for new tokens with the refresh token, unseen by anybody, when the old ones expire.

    session_ttl: How long a session can be refreshed where the provider does not say.

    claims_to_headers: Hand claims to the backend in headers: `{email: x-user-email}`. What a client writes into these is taken off.

    consumer_claim: Find the consumer whose credential `jwt` has the value of this claim as its subject; no such consumer is 401. Without it, people need no consumer.

    forward_token: Hand the access token to the backend, as `Authorization: Bearer`.

    cookie: The cookies of the session.
    """

class OutlierDetectionSuccessRate(TypedDict):
    min_endpoints: NotRequired[int]
    min_requests: NotRequired[int]
    deviations: NotRequired[float]

class OutlierDetectionFailurePercentage(TypedDict):
    threshold: NotRequired[float | str]
    min_endpoints: NotRequired[int]
    min_requests: NotRequired[int]

def outlier_detection(*, consecutive_errors: int | None = ..., consecutive_gateway_errors: int | None = ..., consecutive_connection_errors: int | None = ..., interval: str | Literal[0] = ..., ejection_time: str | Literal[0] = ..., max_ejection_time: str | Literal[0] = ..., max_ejected: float | str = ..., success_rate: OutlierDetectionSuccessRate | None = ..., failure_percentage: OutlierDetectionFailurePercentage | None = ...) -> Attached:
    """Eject endpoints that fail on real requests. `outlier_detection: {}` acts on five server errors in a row.

    consecutive_errors: Eject after this many answers with a 5xx status, or none at all, in a row. `null` does not count them.

    consecutive_gateway_errors: Eject after this many 502, 503 or 504 in a row: the backend is away, rather than its code at fault.

    consecutive_connection_errors: Eject after this many connections in a row that failed or timed out. Where it is set, the other counters see only answers that the backend gave itself.

    interval: How often rates are looked at and ejected endpoints come back.

    ejection_time: How long the first ejection lasts; each further one lasts as much longer.

    max_ejection_time: No ejection lasts longer.

    max_ejected: Never eject more than this percentage of the endpoints, so that the rest is not overrun. The only endpoint of a service is therefore never ejected.

    success_rate: Compare the endpoints with each other; `{}` takes the usual thresholds.

    failure_percentage: Compare each endpoint with a fixed share; `{}` takes the usual thresholds.
    """

def paths(*, normalize: bool = ..., merge_slashes: bool = ..., escaped_slashes: Literal['reject', 'redirect', 'unescape', 'keep'] = ...) -> Attached:
    """Bring paths into normal form (RFC 3986, section 6).

    normalize: Resolve `/./` and `/../`, turn a backslash into a slash, and unescape letters, digits, `-`, `.`, `_`, `~`.

    merge_slashes: Make one slash of several in a row.

    escaped_slashes: What becomes of a path with an escaped slash. The default makes it visible to the client, whose next request is then checked as what it is; `keep` is for an API that has escaped slashes in its names.
    """

class PluginsUse(TypedDict):
    plugin: str
    settings: NotRequired[Mapping[str, object]]
    enabled: NotRequired[bool]

def plugins(value: Sequence[PluginsUse | str] | object = ..., /, *, run: Sequence[PluginsUse | str] = ...) -> Attached:
    """Run plugins for requests, in the order of the list: `[stamp, {plugin: audit, settings: {header: x-audit}}]`.

    The first one sees a request first and its answer last. They run behind authentication and limits, and before caches
    and transformations. A plugin that fails or takes too long answers with an error, unless its resource says
    `failure: open`.

    Attached at several places, the lists add up, the farther place first: what guards a gateway is passed before what a
    route adds. A plugin that stands in several of them runs once, in its first place, with the settings of the closest.

    run: The plugins, in their order; at most 50.
    """

def quota(value: str | Sequence[str] | None = ..., /, *, plans: Mapping[str, str | Sequence[str]] = ..., default: str | Sequence[str] | None = ..., by: Literal['consumer', 'credential'] = ..., name: str = ..., on_failure: Literal['allow', 'deny'] = ...) -> Attached:
    """How many requests a consumer may make, by its usage plan. In one line, `quota: 1000/day`, the same for all.

    Rates are written `1000/day`; windows are second, minute, hour, day, week, month and year. They are those of the
    calendar in UTC: a day begins at midnight, a week on Monday, a month on the first. A request that is refused, by
    the quota or by `rate_limit`, uses nothing up. Past the quota, the answer is 429 with `retry-after`. Every answer
    says in `x-quota-limit`, `x-quota-remaining` and `x-quota-reset` (in seconds) how it stands with the longest window
    of the plan, or else with the one that is used up, and in `ratelimit` and `ratelimit-policy` with all of them.
    Routes that answer by themselves, with a redirect or `respond`, use nothing up.

    plans: How much each plan gives, by the name that consumers have as their `plan`: a rate, or a list of rates that all hold, `[100000/month, 50/second]`.

    default: How much everybody else gets: consumers with another plan or with none, and clients that are no consumers, which are told apart by their address (an IPv6 network of 64 bits is one client). Without it, nothing holds them.

    by: Count each consumer, or each `credential` of a consumer, apart.

    name: Requests are counted together wherever a quota has this name, in its namespace: a consumer has one budget for all routes, unless some of them count under a name of their own.

    on_failure: What becomes of requests that cannot be counted, because Redis or the control plane is away. The default lets them through: a plan says what somebody pays for, and those who pay should not be turned away for an outage of ours. `deny` is for plans that protect something that must not be overrun.
    """

class RateLimitLimit(TypedDict):
    requests: int
    per: Literal['second', 'minute', 'hour', 'day', 'week', 'month', 'year'] | str
    burst: NotRequired[int | None]

class RateLimitKey(TypedDict):
    consumer: NotRequired[bool]
    client_ip: NotRequired[bool]
    path: NotRequired[bool]
    header: NotRequired[str | None]
    claim: NotRequired[str | None]
    query: NotRequired[str | None]

def rate_limit(value: RateLimitLimit | str | Sequence[RateLimitLimit | str] = ..., /, *, limit: RateLimitLimit | str | Sequence[RateLimitLimit | str] = ..., burst: int | None = ..., by: RateLimitKey | Literal['consumer', 'client_ip', 'path'] | Sequence[RateLimitKey | Literal['consumer', 'client_ip', 'path']] = ..., scope: Literal['proxy', 'fleet'] = ..., exact: bool = ..., on_failure: Literal['allow', 'deny'] | None = ..., headers: bool = ..., status: int = ..., dry_run: bool = ...) -> Attached:
    """Let so many requests through in so long, and answer 429 to the others. In one line: `rate_limit: 100/second`.

    Each route counts for itself, wherever the policy is attached; with `scope: proxy`, each of its matches does. What
    was counted in a proxy is forgotten when its routes change.

    limit: How many requests in how long: `5/minute`, or `{requests: 5, per: 1m}`. Of several, up to 8, all hold.

    burst: How many requests may come at once after a rest, where there is one limit; as many as it says by default.

    by: What is counted apart: `consumer`, `client_ip`, `path`, `{header: NAME}`, `{claim: NAME}` or `{query: NAME}`; of several, up to 4, each combination. The address of the client stands for what a request does not carry, so that one without a consumer is counted by its address. A proxy remembers up to 10000 keys of a route at a time.

    scope: Which proxies count together: none (`proxy`), or all (`fleet`). In a fleet, no request waits for an answer: each proxy has a share of the limit, and gets another one every five seconds, by how many requests came where. A burst is paid back, so that over ten seconds no more passes than the limit says. A proxy that cannot reach the control plane keeps its share for five minutes, and then holds the whole limit by itself.

    exact: Count each request in one place, in Redis where the control plane has one, for all proxies. Nothing passes over the limit, and each request waits for the answer. Windows are those of the calendar in UTC.

    on_failure: What becomes of requests that `exact` cannot count, because Redis or the control plane is away: `allow`, which is the default, or `deny`, with 503.

    headers: Tell clients of the limits, in `x-ratelimit-limit`, `x-ratelimit-remaining` and `x-ratelimit-reset` (seconds) with each answer; of several limits, those of one. A refusal also has `ratelimit` and `ratelimit-policy`; with `exact`, each answer has. With `scope: fleet`, only a refusal tells, and of `ratelimit` and `ratelimit-policy`. When to come back, `retry-after`, a refusal says whatever stands here.

    status: The status of a refusal. With `exact`, it is 429.

    dry_run: Refuse nothing, and only count what would be refused, in the metrics of `rate_limit_dry_run`: each proxy for itself, whatever the scope.
    """

def request_limit(value: int | str | None = ..., /, *, body: int | str | None = ..., headers: int | str | None = ...) -> Attached:
    """Refuse requests that are too large. In one line, the size of the body: `request_limit: 1MiB`.

    A body whose length is said before is refused before a backend hears of it. One without a length, chunked or a
    stream of HTTP/2 or HTTP/3, is passed on as it comes and cut off at the limit: the client is answered, and the
    backend sees a request that breaks off. Nothing of it is kept. What a WebSocket carries is no body,
    and has no bound.

    body: The size of the body as it is sent, in bytes; more is answered 413. 0 allows no body at all.

    headers: The size of the names and values of all headers, together with the 300 bytes or so that the gateway adds; more is answered 431. The listener has a bound of its own, `limits.request_headers`, and where that is less it is the one that holds.
    """

class RetryBackOff(TypedDict):
    base: NotRequired[str | Literal[0]]
    max: NotRequired[str | Literal[0] | None]
    retry_after: NotRequired[str | Literal[0] | None]

def retry(value: int = ..., /, *, attempts: int = ..., on: Sequence[Literal['connect_failure', 'refused_stream', 'reset_before_request', 'http3_post_connect_failure', 'reset', 'gateway_error', '5xx', 'retriable_4xx', 'cancelled', 'deadline_exceeded', 'internal', 'resource_exhausted', 'unavailable'] | int | str] = ..., methods: Sequence[str] | None = ..., back_off: RetryBackOff = ..., other_host: bool = ..., other_priority: bool = ..., max_body: int | str | None = ...) -> Attached:
    """Try again what failed. In one line, the number of retries: `retry: 2`.

    The client waits for all tries together; `timeout.request` bounds them, and `timeout.backend` each one. How many
    retries a service bears at once, of all routes, is bounded by its policy `circuit_breaker`.

    attempts: How often it is tried again: 2 means at most three tries. 0 takes back what is attached farther away.

    on: What counts as a failure: conditions, and status codes that a backend answers with. By default only failures of which it is certain that no backend has seen the request.

    methods: Retry requests with these methods; with every method if the list is empty. Without it, every method where `on` says nothing but `connect_failure`, `refused_stream` and `reset_before_request`, and otherwise those that may be repeated: GET, HEAD, OPTIONS, TRACE, PUT and DELETE, and gRPC calls if `on` names a gRPC status.

    back_off: The pause before each retry.

    other_host: Prefer an endpoint that has not been tried. It is looked for three times, then any will do.

    other_priority: Go on to endpoints with another `priority`, and come back when all have been tried. Where each zone has a priority, a retry thus leaves the zone that failed.

    max_body: The largest body that is kept to be sent again; a request with a larger one is not repeated. Each request under way may take so much memory. Without it, as much as the listener reads ahead: `limits.connection_buffer`, 32 KiB.
    """

class RewriteRegexRewrite(TypedDict):
    pattern: str
    replacement: str

class RewriteHostRewrite(TypedDict):
    literal: NotRequired[str | None]
    from_header: NotRequired[str | None]
    backend: NotRequired[bool]

def rewrite(*, path_prefix: str | None = ..., path: str | None = ..., path_template: str | None = ..., regex: RewriteRegexRewrite | None = ..., host: RewriteHostRewrite | str | None = ...) -> Attached:
    """Forward under another path, another host, or both. The backend finds the client's host in `x-forwarded-host`.

    At one backend of a route, `host` may be a hostname, and the path stays as the route says.

    path_prefix: Replaces the prefix that the route matches, in whole segments: on `/orders/*`, `/v2` makes `/orders/7` to `/v2/7`, and `/` makes it to `/7`. On an exact path all of it, on a template what stands before the variables. On `^/orders`, it replaces that text, and `/v2` makes `/orders7` to `/v27`.

    path: The path as a whole.

    path_template: A path with the variables of the route's template: on `/users/{id}/*`, `/v2/{id}/profile/*`. A variable may be left out or stand twice.

    regex: A replacement by a regular expression, for what the other ways cannot say.

    host: The host that the backend sees; without it, the one the client asked for.
    """

class SecurityHeadersHsts(TypedDict):
    max_age: NotRequired[str | Literal[0]]
    include_subdomains: NotRequired[bool]
    preload: NotRequired[bool]

def security_headers(*, hsts: SecurityHeadersHsts | Literal[False] = ..., frame_ancestors: Literal['none', 'self', False] | Sequence[str] = ..., content_security_policy: str | None = ..., content_security_policy_report_only: str | None = ..., content_type_options: bool = ..., referrer_policy: Literal['no-referrer', 'no-referrer-when-downgrade', 'origin', 'origin-when-cross-origin', 'same-origin', 'strict-origin', 'strict-origin-when-cross-origin', 'unsafe-url'] | Literal[False] = ..., permissions_policy: str | None = ..., cross_origin_opener_policy: Literal['same-origin', 'same-origin-allow-popups', 'noopener-allow-popups', 'unsafe-none', False] = ..., cross_origin_embedder_policy: Literal['require-corp', 'credentialless', 'unsafe-none'] | None = ..., cross_origin_resource_policy: Literal['same-origin', 'same-site', 'cross-origin', False] = ..., remove: Sequence[str] = ...) -> Attached:
    """Tell browsers to be careful: `security_headers: {}` is a good start.

    `false` leaves a header to the backend. Attached at several places, the fields add up, and the closest place decides
    about each, so that a route changes one and keeps the rest; lists are put together.

    hsts: Use TLS from now on (`strict-transport-security`). Only said where clients speak TLS with this gateway.

    frame_ancestors: Who may show a page in a frame: `none`, `self`, or a list such as `[self, "https://*.shop.example"]`. Written as `content-security-policy: frame-ancestors`, and as `x-frame-options` for older browsers where that can say it.

    content_security_policy: What a page may load and run, `default-src 'self'; img-src *`. It stands beside one of the backend, and browsers hold a page to both.

    content_security_policy_report_only: A policy that browsers only report on, to try one before it holds.

    content_type_options: Take the content type as it is said, and do not guess (`x-content-type-options: nosniff`).

    referrer_policy: What a link tells about the page that it is on.

    permissions_policy: Which features of the browser a page may use: `camera=(), geolocation=(self)`.

    cross_origin_opener_policy: Which pages that it opened, or was opened by, a page can reach.

    cross_origin_embedder_policy: Which resources of other origins a page may embed. Not said by default: they would have to agree.

    cross_origin_resource_policy: Who may embed the answer without CORS, as with an image: write `cross-origin` for public resources.

    remove: Headers that are taken off answers: by default those in which backends say what they run.
    """

class SessionAffinityCookie(TypedDict):
    name: NotRequired[str]
    ttl: NotRequired[str | Literal[0]]
    path: NotRequired[str]

def session_affinity(value: Literal['cookie'] = ..., /, *, cookie: SessionAffinityCookie | str | None = ..., header: str | None = ..., strict: bool = ...) -> Attached:
    """Send a client to the same endpoint again. In one line, `session_affinity: cookie`.

    The first answer names the endpoint to the client, by its address in base64: whoever must hide the addresses of
    backends uses hashing instead (`load_balancing`). Where a route has several services with weights, each request
    draws its service first; the session holds inside a service, and not across them.

    cookie: Keep the session in a cookie, for browsers. It is `HttpOnly`, `SameSite=Lax`, and `Secure` where clients speak TLS.

    header: Keep the session in a header of this name, which the client copies from an answer into its next request.

    strict: Answer 503 where the endpoint of the session is gone or unhealthy. By default another one takes over.
    """

class SoapSoapOperation(TypedDict):
    request: NotRequired[Mapping[str, object] | None]
    response: NotRequired[Mapping[str, object] | None]
    call: SoapOperation
    faults: NotRequired[Mapping[str, str]]

class SoapOperation(TypedDict):
    service: str
    method: NotRequired[str]
    query: NotRequired[Mapping[str, str | int | bool]]
    headers: NotRequired[Mapping[str, str | int | bool]]
    forward: NotRequired[Sequence[str]]
    body: NotRequired[str | bool | int | float | Sequence[SoapTree] | Mapping[str, SoapTree] | None]
    timeout: NotRequired[str | Literal[0] | None]
    accept: NotRequired[Sequence[str | int]]
    encoding: NotRequired[Literal['auto', 'json', 'text']]
    path: NotRequired[str | None]
    rpc: NotRequired[str | None]
    definition: NotRequired[str | None]
    answer: NotRequired[str | bool | int | float | Sequence[SoapTree] | Mapping[str, SoapTree] | None]

SoapTree: TypeAlias = str | bool | int | float | Sequence[SoapTree] | Mapping[str, SoapTree] | None

def soap(*, definition: str | None = ..., port: str = ..., service: str | None = ..., name: str = ..., namespace: str = ..., operations: Mapping[str, SoapSoapOperation] = ..., username_token: Literal['refuse', 'basic'] = ..., timeout: str | Literal[0] = ..., max_size: int | str = ...) -> Attached:
    """Let clients that speak SOAP call services that speak REST or gRPC.

    Clients get the WSDL at `?wsdl`, with the address by which they came, and speak SOAP 1.1 or 1.2, document/literal:
    they are answered in the version in which they ask. The route has no `to`.

    A request that the schema does not allow is answered with the fault `Client` (in SOAP 1.2, `Sender`). So is one that
    a service refuses with 4xx; other failures are `Server` (`Receiver`). A header that has to be understood and is not
    declared is the fault `MustUnderstand`; an envelope of another version than its content type is `VersionMismatch`.

    definition: The definition with a WSDL that clients already have, which is kept as it is; or with an OpenAPI document (3.0 or 3.1), each operation of which becomes one of SOAP. Without it, `operations` says everything.

    port: The port of the service in the WSDL; the first one that speaks SOAP without it.

    service: The service that an OpenAPI document describes, which is called for all operations that `operations` does not name.

    name: The name of the service in a WSDL that is made here.

    namespace: The namespace of the operations in a WSDL that is made here. Clients depend on it: it is better not changed.

    operations: The operations, by name.

    username_token: What becomes of a `UsernameToken` of WS-Security: it is refused, or handed on as `Authorization: Basic`, which calls with `forward: [authorization]` carry. A digest of a password cannot be handed on.

    timeout: The time for the call of the service, with its whole answer.

    max_size: The largest body, of a request or of an answer of a service: each is taken into memory as a whole. A message has 50,000 elements at most, and 64 inside one another.
    """

class SoapBackendRestOperation(TypedDict):
    method: NotRequired[str]
    path: NotRequired[str | None]

SoapBackendTree: TypeAlias = str | bool | int | float | Sequence[SoapBackendTree] | Mapping[str, SoapBackendTree] | None

class SoapBackendUsernameToken(TypedDict):
    username: str
    password: str
    type: NotRequired[Literal['text', 'digest']]
    lifetime: NotRequired[str | Literal[0] | None]

def soap_backend(*, definition: str, port: str = ..., path: str | None = ..., operations: Mapping[str, SoapBackendRestOperation] = ..., faults: Mapping[str, int] = ..., headers: Mapping[str, str | bool | int | float | Sequence[SoapBackendTree] | Mapping[str, SoapBackendTree] | None] = ..., username_token: SoapBackendUsernameToken | None = ..., addressing: bool = ..., attachments: Literal['inline', 'mtom', 'swa'] = ..., openapi: str | None = ..., max_size: int | str = ...) -> Attached:
    """Let clients that speak JSON call a service that speaks SOAP, as its WSDL describes it.

    Each operation is a `POST` of JSON to its name behind the prefix of the route, `POST /orders/GetOrder`, or what
    `operations` says. Elements are fields of JSON in their order of the schema, attributes are fields with `@` before
    their name, a text beside attributes is `#text`, what may be there more than once is a list, `xsi:nil` is `null`,
    and `@xsi:type` names the type where one stands upon another. Numbers keep their digits. What is put before and
    behind the envelope's body is not seen: the answer is the content of the output.

    A request that the schema does not allow is answered 400 with the place that is wrong. A fault becomes a problem
    (RFC 9457) with its detail as JSON: 400 if the client is to blame (`Client`, `Sender`), 502 if the service is, and
    what `faults` says for those that the WSDL declares. What the backend says without SOAP passes as it is.

    The WSDL is read when the configuration is; nothing is fetched. Read are WSDL 1.1 with SOAP 1.1 and 1.2,
    document/literal and rpc/literal.

    definition: The definition with the WSDL.

    port: The port of the service in the WSDL; the first one that speaks SOAP without it. It decides about the version.

    path: The path at the backend, with its query; that of the port's address in the WSDL without it.

    operations: The operations that can be called, and how: `GetOrder: {method: GET, path: "/orders/{id}"}`. All of the WSDL, by `POST`, if none is named; no others, if some are. With GET, HEAD and DELETE, the parameters of the query are the elements: `?status=open`, and `?filter.status=open` for one inside another.

    faults: The HTTP status for faults that the WSDL declares, by the name of the fault or of its element: `OrderNotFound: 404`.

    headers: SOAP headers, by the name of the element that the WSDL declares for an operation, or `{namespace}Name` for one that no WSDL declares. The value is an expression (JMESPath) or an object with expressions, which see `headers`, `query` and `consumer` of the request: `Tenant: headers."x-tenant"`. One that gives nothing is left out.

    username_token: Show who the gateway is.

    addressing: Whether to add the headers of WS-Addressing 1.0, which WCF services with `wsHttpBinding` ask for.

    attachments: How binary values are sent: as base64 within the envelope (`inline`), those of 1 KiB and more beside it (`mtom`), or whatever `#attachments` of the request lists, beside it (`swa`). Answers are read in all three ways. In JSON they are base64; a client may send `multipart/form-data` with files, too.

    openapi: Where the OpenAPI description of the REST API can be had with GET, behind the prefix of the route: `/openapi.json`. Nowhere without it.

    max_size: The largest body, of a request or an answer: 413 or 502 is said for more. It is taken into memory as a whole, so the default, 1MiB, is on the small side. A message has 50,000 elements at most, and 64 inside one another.
    """

def split(value: int | str = ..., /, *, size: int | str = ..., by: Literal['bytes', 'items'] = ..., items: int = ..., max_body: int | str = ..., timeout: str | Literal[0] = ...) -> Attached:
    """Send a large body to the backend in several requests, each with a piece that it takes.

    In one line, `split: 1MiB`, the size of a piece.

    By `bytes`, each request has a piece of the body, with its place in `Content-Range` and its SHA-256 in
    `Content-Digest` (RFC 9530); the answer to the last one is the client's. By `items`, the body is a JSON list, each
    request has some of its items, and the client gets one list with all that the answers hold. The requests follow each
    other, and the first one that is refused is the answer: `x-split-done` tells how much was taken before it. A body
    that is no larger than a piece passes as it is. Nothing is kept but the piece on its way.

    size: How many bytes a request has at most.

    by: What a body is split at.

    items: How many items a request has at most, with `by: items`.

    max_body: How many bytes the body may have as a whole: 413 is the answer to more. With `by: items` it is in memory, and 64MiB are the most.

    timeout: The time for one request with its answer.
    """

def static_files(value: str = ..., /, *, directory: str = ..., index: Sequence[str] = ..., fallback: str | None = ..., hidden: bool = ..., cache_control: str | None = ..., content_types: Mapping[str, str] = ...) -> Attached:
    """Answer with files. In one line, the directory: `static_files: /srv/www`.

    What follows the route's prefix is looked up in the directory: with `/assets/*`, the file of `/assets/a/b.css` is
    `a/b.css`. The whole path is looked up where the route has no prefix. The route's own action is never reached; write
    `respond: {status: 404}`. GET and HEAD are answered, with parts of a file (`Range`) where they are asked for; other
    methods get 405, and what is not there 404.

    No path leads out of the directory, but symbolic links in it do, wherever they point: whoever writes to the
    directory decides what is served. Answers carry no `ETag` and no date, so that a client asks for the whole file
    again once `cache_control` lets it; and a range that ends behind the file gets 416.

    directory: The directory, on the machine of each proxy. The account that the proxy runs as has to be able to read it.

    index: The file that stands for a directory: the first of these that is there. Without any, a directory is answered 403. Its list of files is never shown.

    fallback: The file that stands for every page, for an application that makes its pages in the browser: `index.html`. It is the answer to whoever accepts HTML and asks for a path whose last segment has no dot, so that a missing script is still a 404. Without it, every path is a file.

    hidden: Serve files, and files in directories, whose names begin with a dot. They are 404 by default, since they are rarely meant for everybody, `.well-known` excepted (RFC 8615).

    cache_control: The `Cache-Control` of files, such as `public, max-age=3600`. Without it, caches and browsers decide.

    content_types: The content types of files by the last part of their names, in lower case and without a dot: `{glb: model/gltf-binary}`. They are added to those that browsers know; all others are `application/octet-stream`.
    """

def tcp_limits(*, allow: Sequence[str] = ..., deny: Sequence[str] = ..., idle: str | Literal[0] | None = ..., lifetime: str | Literal[0] | None = ...) -> Attached:
    """Bound the connections to a TCP or TLS listener, beyond their number (`connection_limit`).

    allow: The addresses and networks that may connect; all of them if empty.

    deny: Those that may not, even if they are allowed. They are hung up on before a byte passes.

    idle: Close a connection on which nothing has moved, either way, for this long; an hour without it. A client of MQTT pings within its keep-alive, so one and a half times the longest keep-alive is enough.

    lifetime: Close a connection after this time; no bound without it.
    """

def timeout(value: str | Literal[0] | None = ..., /, *, request: str | Literal[0] | None = ..., backend: str | Literal[0] | None = ..., idle: str | Literal[0] | None = ...) -> Attached:
    """End requests that take too long, with status 504. In one line, the time for the whole request: `timeout: 2s`.

    0 switches a clock off. What is not written stays as it is by default.

    request: The time for the whole request, with all retries: from its last byte to the last byte of the answer. An answer that streams for longer needs a longer time, or 0. A WebSocket is not ended by it.

    backend: The time for a single try, from the moment it is sent. With the policy `retry`, a try that took too long is repeated if `retry` is on `reset`, `gateway_error` or `5xx`; without it, the request ends.

    idle: The time in which nothing moves, in neither direction. It also ends a silent WebSocket or stream.
    """

def trace_sampling(value: float | str = ..., /, *, sample: float | str = ..., tags: Mapping[str, str] = ...) -> Attached:
    """Decide for routes what the policy `tracing` of the gateway decides for all. In one line, the share: `10%`.

    It changes nothing where the gateway reports no traces.

    sample: The share of requests of which spans are reported, in percent: of those that do not continue a trace, whose beginning has decided.

    tags: More tags of each span, written as those of `tracing`. Attached at several places, they add up.
    """

class TracingOtlp(TypedDict):
    service: str
    protocol: NotRequired[Literal['grpc', 'http']]
    path: NotRequired[str | None]
    host: NotRequired[str | None]
    service_name: NotRequired[str | None]

class TracingZipkin(TypedDict):
    service: str
    path: NotRequired[str]
    host: NotRequired[str | None]
    propagation: NotRequired[Sequence[Literal['w3c', 'b3']]]

def tracing(*, otlp: TracingOtlp | str | None = ..., zipkin: TracingZipkin | str | None = ..., sample: float | str = ..., continue_traces: bool = ..., attempts: bool = ..., tags: Mapping[str, str] = ..., response_header: str | None = ...) -> Attached:
    """Report spans of requests to a collector, by OTLP (`otlp`) or in Zipkin's format (`zipkin`).

    The context of the trace travels on to the backend, and the identity of the trace stands in the access log
    (`trace_id`) and in the answer. A collector that is away, or slow, costs spans and no request. The policy
    `trace_sampling` decides for single routes. Spans carry the URL without its query.

    otlp: Report by OpenTelemetry's protocol. The context is W3C Trace Context (`traceparent`).

    zipkin: Report in Zipkin's format. The context is B3, and W3C Trace Context beside it.

    sample: The share of requests of which spans are reported, in percent: of those that do not continue a trace, whose beginning has decided. All by default, for a start; with much traffic, 1% tells as much.

    continue_traces: Continue the traces of clients that send a context, and report them if the client says so. `false` begins a trace of its own for each request: for clients that are not trusted to decide what is reported.

    attempts: Report each attempt at a backend as a span of its own, below that of the request: retries become visible. Off by default, since it doubles the spans.

    tags: More tags of each span, by name: a literal text, or a variable in braces, such as `{request.headers.x-tenant}`, `{request.query.NAME}`, `{response.headers.NAME}`, `{client_ip}` or another field of the access log.

    response_header: The header of the answer that carries the identity of the trace; `null` for none.
    """

class TransformTransformation(TypedDict):
    xml_to_json: NotRequired[TransformXmlToJson | None]
    json_to_xml: NotRequired[TransformJsonToXml | None]
    form_to_json: NotRequired[TransformFormToJson | None]
    json_to_form: NotRequired[TransformJsonToForm | None]
    csv_to_json: NotRequired[TransformCsvToJson | None]
    json_to_csv: NotRequired[TransformJsonToCsv | None]
    charset: NotRequired[TransformChangeCharset | str | None]
    protobuf_to_json: NotRequired[TransformProtobufToJson | None]
    json_to_protobuf: NotRequired[TransformJsonToProtobuf | None]
    body_to_headers: NotRequired[TransformBodyToHeaders | None]
    headers_to_body: NotRequired[TransformHeadersToBody | None]
    body_to_query: NotRequired[TransformBodyToQuery | None]
    query_to_body: NotRequired[TransformQueryToBody | None]
    template: NotRequired[TransformTemplate | str | None]
    json_schema: NotRequired[TransformJsonSchema | None]
    set_json: NotRequired[TransformSetJson | None]
    remove_json: NotRequired[TransformRemoveJson | None]

class TransformXmlToJson(TypedDict):
    on: NotRequired[Sequence[str]]
    attribute_prefix: NotRequired[str]
    text_key: NotRequired[str]
    namespaces: NotRequired[Literal['keep', 'strip', 'expand']]
    arrays: NotRequired[Sequence[str]]
    types: NotRequired[Literal['text', 'guess']]
    unwrap: NotRequired[bool]

class TransformJsonToXml(TypedDict):
    on: NotRequired[Sequence[str]]
    attribute_prefix: NotRequired[str]
    text_key: NotRequired[str]
    root: NotRequired[str]
    item: NotRequired[str]
    declaration: NotRequired[bool]
    content_type: NotRequired[str]

class TransformFormToJson(TypedDict):
    on: NotRequired[Sequence[str]]
    arrays: NotRequired[Sequence[str]]
    types: NotRequired[Literal['text', 'guess']]
    files: NotRequired[Literal['refuse', 'base64']]

class TransformJsonToForm(TypedDict):
    on: NotRequired[Sequence[str]]

class TransformCsvToJson(TypedDict):
    on: NotRequired[Sequence[str]]
    delimiter: NotRequired[str]
    columns: NotRequired[Sequence[str]]
    types: NotRequired[Literal['text', 'guess']]

class TransformJsonToCsv(TypedDict):
    on: NotRequired[Sequence[str]]
    delimiter: NotRequired[str]
    columns: NotRequired[Sequence[str]]
    header: NotRequired[bool]

class TransformChangeCharset(TypedDict):
    on: NotRequired[Sequence[str]]
    to: NotRequired[str]
    assume: NotRequired[str]
    invalid: NotRequired[Literal['refuse', 'replace']]

class TransformProtobufToJson(TypedDict):
    on: NotRequired[Sequence[str]]
    descriptor_set: str
    message: str
    proto_names: NotRequired[bool]
    emit_defaults: NotRequired[bool]

class TransformJsonToProtobuf(TypedDict):
    on: NotRequired[Sequence[str]]
    descriptor_set: str
    message: str
    unknown_fields: NotRequired[Literal['refuse', 'ignore']]

class TransformBodyToHeaders(TypedDict):
    on: NotRequired[Sequence[str]]
    headers: Mapping[str, str]

class TransformHeadersToBody(TypedDict):
    on: NotRequired[Sequence[str]]
    fields: Mapping[str, str]
    remove: NotRequired[bool]

class TransformBodyToQuery(TypedDict):
    on: NotRequired[Sequence[str]]
    parameters: Mapping[str, str]

class TransformQueryToBody(TypedDict):
    on: NotRequired[Sequence[str]]
    fields: Mapping[str, str]
    types: NotRequired[Literal['text', 'guess']]
    remove: NotRequired[bool]

class TransformTemplate(TypedDict):
    on: NotRequired[Sequence[str]]
    text: str
    content_type: NotRequired[str]
    max_size: NotRequired[int | str]

class TransformJsonSchema(TypedDict):
    on: NotRequired[Sequence[str]]
    body_schema: Mapping[str, object] | bool
    formats: NotRequired[bool]
    max_errors: NotRequired[int]

class TransformSetJson(TypedDict):
    on: NotRequired[Sequence[str]]
    values: Mapping[str, object]

class TransformRemoveJson(TypedDict):
    on: NotRequired[Sequence[str]]
    pointers: Sequence[str]

def transform(*, request: Sequence[TransformTransformation | str] = ..., response: Sequence[TransformTransformation | str] = ..., max_size: int | str = ..., max_depth: int = ..., max_items: int = ..., on_error: Literal['refuse', 'pass'] = ...) -> Attached:
    """Change the bodies of requests and answers: convert, check, fill a template, move values between body and headers.

    Operations are done in their order, and each only where the body is of its type. A body is read whole, so this is
    not for streams. One that is compressed with gzip, deflate or Brotli is decompressed first and goes on uncompressed;
    backends are asked for uncompressed answers, and for whole ones: `Range` is taken away where answers change.

    A request that cannot be transformed is answered 400 (413 if it is too large, 415 for a type or compression that
    cannot be read), an answer of the backend becomes 502: `application/problem+json` with a `code`, such as
    `transform.malformed`, `transform.too_deep`, `transform.too_large`, `transform.entity`, `transform.charset`,
    `transform.schema`. Answers with 204 and 304, and those to HEAD, have no body and are left as they are. The `ETag`
    of a changed answer becomes a weak one, since these are other bytes.

    request: What is done with requests, in this order.

    response: What is done with answers, in this order.

    max_size: How large a body may be, compressed and uncompressed, before it is changed. 1 MiB by default: it is in memory several times while it is converted.

    max_depth: How deeply lists, objects and elements may be nested. 64 by default, which no sensible document reaches.

    max_items: How many elements and attributes XML may have, cells a CSV, and fields a form. Each takes far more memory than the few bytes it is written in.

    on_error: What becomes of a message that cannot be transformed: it is refused (`refuse`), or goes on as it came (`pass`). With `pass`, `json_schema` guards nothing.
    """

class UploadPieces(TypedDict):
    size: NotRequired[int | str]
    checksum: NotRequired[Literal['sha256'] | None]

def upload(value: int | str = ..., /, *, max_size: int | str = ..., max_storage: int | str = ..., max_uploads: int = ..., lifetime: str | Literal[0] = ..., max_age: str | Literal[0] = ..., directory: str | None = ..., protocols: Sequence[Literal['tus', 'ietf']] = ..., hand_over: Literal['whole', 'arriving'] = ..., method: str | None = ..., path: str | None = ..., headers: Mapping[str, str] = ..., keep_headers: Sequence[str] = ..., answer_headers: Sequence[str] = ..., pieces: UploadPieces | int | str | None = ...) -> Attached:
    """Take large uploads that may be interrupted and resumed. In one line, `upload: 5GiB`, the largest one.

    Clients speak tus 1.0, or the IETF's draft on resumable uploads. What arrives is kept on the disk of the proxy, and
    survives a restart of everything. Once it is whole, the backend gets it: as one request with a streamed body, or in
    `pieces`; and the client gets the backend's answer. An upload that the backend does not take is kept, and handed
    over again when the client asks again. Requests that are no such upload pass as they come.

    An upload belongs to the consumer that has begun it. Its address is that of the request that began it, with an id
    that nobody guesses; the route has to match `POST`, `HEAD`, `PATCH`, `DELETE` and `OPTIONS` there.

    max_size: How many bytes an upload may have: 413 is the answer to more. 5GiB by default, what most object stores take as one object.

    max_storage: How many bytes all uploads of the route may have together on one disk, as far as they were announced: 507 is the answer to one more. One that does not say its length counts as one of `max_size`. 20GiB by default, four of the largest.

    max_uploads: How many uploads the route may have at once, finished ones excepted: 507 is the answer to one more.

    lifetime: How long an upload is kept after its last piece. Abandoned ones are removed within a minute after that. A day by default: somebody can go on tomorrow morning.

    max_age: How long an upload is kept at all, so that nobody keeps one alive for ever with a byte now and then.

    directory: Where uploads are kept, which the account of the proxy can write to: an absolute path. In the proxy's own directory of state by default, on its disk. Several proxies behind one load balancer can resume each other's uploads only in a directory that they share, on a file system with `flock`.

    protocols: What clients may speak: tus 1.0 (`tus`), and draft-ietf-httpbis-resumable-upload (`ietf`).

    hand_over: When the backend gets an upload. Once it is `whole`, by default: no backend waits for a slow client, or sees it leave. Or while the request is `arriving` that brings all the rest of it, which saves the time that the hand-over takes: if that request breaks off, the one to the backend does too, as without uploads, and the backend gets the whole of it again later. With `pieces`, or where a client sends checksums, an upload is whole first.

    method: The method of the request to the backend. By default that of the request that began the upload: `POST` in tus.

    path: Path and query of the request to the backend, in which `{id}` stands for the key of the upload, the value of `x-upload-id` too. By default those of the request that began the upload.

    headers: Headers of the request to the backend, beside those that say what the upload is and who sends it.

    keep_headers: Headers of the request that begins an upload which the backend gets as well. They are kept on the disk. By default it gets those of the request that completes the upload, and of the first one what says what is uploaded: `content-type`, `content-disposition`, `content-encoding`, and the metadata of tus.

    answer_headers: Headers of the backend's answer that a client of tus gets with its last piece, and with `HEAD` afterwards, such as `content-location`. Clients of the IETF's draft get the whole answer, and these with `HEAD`.

    pieces: Hand uploads to the backend in requests of a bounded size. As one request by default.
    """

class WafExclusion(TypedDict):
    rules: NotRequired[Sequence[int | str]]
    tags: NotRequired[Sequence[str]]
    parameters: NotRequired[Sequence[str]]
    headers: NotRequired[Sequence[str]]
    cookies: NotRequired[Sequence[str]]

def waf(value: Literal['basic', 'crs'] = ..., /, *, level: Literal['basic', 'crs'] = ..., mode: Literal['block', 'detect'] = ..., paranoia: int = ..., inbound_threshold: int = ..., outbound_threshold: int = ..., methods: Sequence[str] = ..., content_types: Sequence[str] = ..., exclude: WafExclusion | Sequence[WafExclusion] = ..., rules: str = ..., rules_directory: str | None = ..., max_body: int | str = ..., beyond: Literal['reject', 'pass'] = ..., responses: bool = ..., max_response: int | str = ...) -> Attached:
    """Look at requests, and refuse attacks. In one line, the level: `waf: basic` or `waf: crs`.

    It stands before everything else that Python does on the route, and behind the policies that the proxy has itself,
    such as authentication and limits. Bodies are held until they were inspected: forms, JSON, XML and text as a whole,
    with their compression taken off; of a gRPC call and of a WebSocket, only the head is inspected.

    A refused request gets 403 and `waf.blocked`, and one whose body is not what it says it is gets 400 and
    `waf.malformed`. The log of the proxy names the rules, their tags and the parameter, and never a value. Rules that
    cannot be loaded close the route: nothing passes uninspected.

    level: The rules: `basic` for SQL injection and cross-site scripting, at a low cost, or `crs` for the OWASP Core Rule Set, which costs a millisecond and more for each request with a body. They come from the system's package `modsecurity-crs`, on the machine of the control plane and of each proxy.

    mode: What becomes of a request that they match: `block` refuses it, `detect` only says so in the log. Begin with `detect` where a service has users already.

    paranoia: How much the core rules suspect. The default of 1 hardly ever refuses what is good; each level above finds more, and needs more exclusions.

    inbound_threshold: The score from which on a request is refused. A critical match of a core rule counts 5, an error 4, a warning 3, a notice 2. By default one critical match is enough.

    outbound_threshold: The same for an answer. By default one error is enough.

    methods: The methods that the core rules do not count as an attack. By default those that APIs use.

    content_types: Media types of bodies that the core rules do not count as an attack, beside forms, JSON, XML and text.

    exclude: What is left alone, for good requests that rules match: `{rules: [942100], parameters: [note]}`.

    rules: Rules of your own, in SecLang, which run before the core rules: `SecRule`, `SecAction`, `SecMarker`, and those that change other rules. They cannot read files, call other machines, or start programs. Give each an id below 100000.

    rules_directory: The directory with the files of the core rules, `REQUEST-901-INITIALIZATION.conf` and the others of version 3.3 or newer, on the machine of the control plane and of each proxy. By default where the system's packages put them.

    max_body: The size up to which the body of a request is inspected, 16 MiB at most. It is held in memory until then; the default of 128 KiB is far more than most calls of an API have.

    beyond: What becomes of a request with a larger body: `reject` answers 413, as soon as that is known; `pass` lets it through with nothing inspected but its head, for uploads. By default nothing passes uninspected.

    responses: Inspect answers too, for what should not get out: the core rules know error messages of databases and programs. Answers of text, JSON and XML are then held until they were inspected. A refused one is a 502. Off by default, since answers are larger than requests.

    max_response: The size up to which an answer is inspected, 16 MiB at most; a larger one passes as it comes.
    """

class WasmModule(TypedDict):
    file: NotRequired[str | None]
    url: NotRequired[str | None]
    sha256: NotRequired[str | None]
    inline: NotRequired[str | None]

def wasm(value: str | Literal[False] = ..., /, *, enabled: bool = ..., module: WasmModule | str | None = ..., configuration: str | Mapping[str, object] | None = ..., environment: Mapping[str, str] = ..., name: str | None = ..., root_id: str | None = ..., on_failure: Literal['deny', 'allow'] = ...) -> Attached:
    """Run a filter of your own, compiled to WebAssembly, on requests and answers.

    The module follows Proxy-Wasm, ABI 0.2.1 or before: the SDKs for Rust, Go, C++ and AssemblyScript write such ones.
    It runs after all that may refuse a request, and before plugins in Python. One that cannot be loaded, or does not
    take its configuration, is never run: the one from before stays, or else the route answers 503. In one line, the
    file: `wasm: /etc/crossway/filter.wasm`. `wasm: false` runs none, where a farther place would.

    The first module costs a proxy about 20 MB. It runs in the process of the proxy, with no bound on its time
    or memory: do not run modules of people you do not trust.

    enabled: Whether the module runs.

    module: The module.

    configuration: What the module is configured with: text as it is, a mapping as JSON. Everybody who may see the configuration sees it: it is no place for secrets.

    environment: The environment variables that the module sees, `{LEVEL: debug}`; of the proxy's own it sees none.

    name: What it is called in logs and metrics, and by itself: the name of what it is attached to, if nothing is said.

    root_id: Which of the filters in the module is meant, for a module with several.

    on_failure: What becomes of requests once the module has broken down. By default they are refused, with 503. With `allow`, whoever can break it once has switched it off. The request at which it broke down is answered 503 either way.
    """

def websocket(value: bool = ..., /, *, enabled: bool = ...) -> Attached:
    """Allow or refuse WebSockets. In one line, `websocket: false` answers every upgrade with 403.

    They are allowed where nothing is said (RFC 6455). `timeout.idle` ends a silent one; `timeout.request` does not
    touch them.

    enabled: Whether a client may open a WebSocket. `true` takes back a `false` from farther away.
    """

class WebsocketApiOperation(TypedDict):
    service: str
    method: NotRequired[str]
    query: NotRequired[Mapping[str, str | int | bool]]
    headers: NotRequired[Mapping[str, str | int | bool]]
    forward: NotRequired[Sequence[str]]
    body: NotRequired[str | bool | int | float | Sequence[WebsocketApiTree] | Mapping[str, WebsocketApiTree] | None]
    timeout: NotRequired[str | Literal[0] | None]
    accept: NotRequired[Sequence[str | int]]
    encoding: NotRequired[Literal['auto', 'json', 'text']]
    path: NotRequired[str | None]
    rpc: NotRequired[str | None]
    definition: NotRequired[str | None]
    answer: NotRequired[str | bool | int | float | Sequence[WebsocketApiTree] | Mapping[str, WebsocketApiTree] | None]

WebsocketApiTree: TypeAlias = str | bool | int | float | Sequence[WebsocketApiTree] | Mapping[str, WebsocketApiTree] | None

def websocket_api(*, route_by: str = ..., routes: Mapping[str, WebsocketApiOperation] = ..., default: WebsocketApiOperation | None = ..., connect: WebsocketApiOperation | None = ..., disconnect: WebsocketApiOperation | None = ..., groups: Sequence[str] = ..., subprotocols: Sequence[str] = ..., max_message: int | str = ..., rate: str = ..., max_connections: int = ..., max_connections_per_consumer: int | None = ..., idle: str | Literal[0] = ..., ping: str | Literal[0] = ..., lifetime: str | Literal[0] = ..., replay: int = ...) -> Attached:
    """Turn the messages of WebSocket clients into calls of services, and what these answer into messages.

    A field of the message, `action` unless `route_by` says otherwise, names the operation. The services need not speak
    WebSocket: each message is a request of its own to them, and so are a client's coming and its leaving. To send
    something to a client at any time, a service asks the route with the policy `websocket_push`. The route has no `to`.

    Expressions are [JMESPath](https://jmespath.org). They see `message` (parsed if it is JSON, else its text) and
    `connection`: `id`, `groups`, `query` and `headers` of the request that opened it, `subprotocol`; and `consumer`:
    `name`, `groups`. In `disconnect` they see `close`, with `code` and `reason`, in place of `message`.

    A client that cannot speak WebSocket may read: a GET with `accept: text/event-stream` on the same route opens a
    connection over which the same messages come as server-sent events.

    route_by: The expression that gives the name of the operation for a message; it sees the message itself.

    routes: The operations, by the name that `route_by` gives. What one gives is sent to the client as a message, in JSON; `null` is not sent. A failure is sent as `{"error": {"code": ..., "detail": ..., "status": ...}}`.

    default: The operation for all other messages, those that are no JSON among them. Without it they are answered with an error.

    connect: The operation for a client that comes. If it fails, the handshake is refused: with the status of the service, if that has refused it (4xx), else with 502.

    disconnect: The operation for a client that has left. Nobody waits for it, and whether it fails makes no difference.

    groups: The groups that a client is in from the start, with expressions in braces: `room-{connection.query.room}`. One whose expression gives nothing is left out. Groups are joined and left later through `websocket_push`.

    subprotocols: The subprotocols that are spoken, the best first: the first of them that the client offers is agreed to. A client that offers only others is accepted without one.

    max_message: The bytes of one message of a client, in all of its frames, at most 16MiB. More closes the connection with the code 1009. 128KiB is what cloud gateways allow.

    rate: How many messages one client may send. More closes its connection with the code 1008.

    max_connections: How many clients may be connected to one proxy at once. The next one is answered 503.

    max_connections_per_consumer: How many of those may be of one consumer. The next one is answered 429.

    idle: Close a connection on which there was no message in this time, in neither direction, with the code 1001. Pings do not count.

    ping: Ping a client that has said nothing in this time, at most 2m. One that says nothing for as long again has gone.

    lifetime: Close each connection after this time, with the code 1001. The client connects anew, and is authenticated anew.

    replay: How many messages are kept for a client that reads server-sent events, so that it misses none when it comes back with `last-event-id` (to the same proxy, within 30 seconds). 0 keeps none.
    """

def websocket_push(value: str = ..., /, *, api: str = ..., max_message: int | str = ...) -> Attached:
    """Let services send messages to the clients of a WebSocket API, and close their connections.

    Put it on a route of its own, and guard that: whoever reaches it reaches all clients. Behind the path of the route:

    - `POST /@connections/{id}` sends the body to a client: as binary if its type is `application/octet-stream`, else
      as text. `GET` says who it is, `DELETE` closes it.
    - `POST /@groups/{group}` sends it to all members of a group.
    - `PUT /@groups/{group}/{id}` makes a client a member, and `DELETE` takes that back.
    - `POST /@connections` sends it to all clients.

    204 is done, 202 that it is on its way to clients of several proxies, and 410 that there is no such client any more.
    Proxies find each other in the Redis that they share (`--shared-store`). Without one, clients of the same proxy are
    reached. While it is away, these still are, and what would concern others is answered 503.

    api: The route with the policy `websocket_api`; `namespace/name` for one elsewhere.

    max_message: The bytes of one message, at most 16MiB. More is answered 413.
    """

class XmlRpcXmlRpcMethod(TypedDict):
    service: str
    method: NotRequired[str]
    query: NotRequired[Mapping[str, str | int | bool]]
    headers: NotRequired[Mapping[str, str | int | bool]]
    forward: NotRequired[Sequence[str]]
    body: NotRequired[str | bool | int | float | Sequence[XmlRpcTree] | Mapping[str, XmlRpcTree] | None]
    timeout: NotRequired[str | Literal[0] | None]
    accept: NotRequired[Sequence[str | int]]
    encoding: NotRequired[Literal['auto', 'json', 'text']]
    path: NotRequired[str | None]
    rpc: NotRequired[str | None]
    definition: NotRequired[str | None]
    answer: NotRequired[str | bool | int | float | Sequence[XmlRpcTree] | Mapping[str, XmlRpcTree] | None]
    parameters: NotRequired[Sequence[str]]
    errors: NotRequired[Mapping[str, int]]

XmlRpcTree: TypeAlias = str | bool | int | float | Sequence[XmlRpcTree] | Mapping[str, XmlRpcTree] | None

def xml_rpc(*, methods: Mapping[str, XmlRpcXmlRpcMethod], max_batch: int = ..., parallel: int = ..., timeout: str | Literal[0] = ..., max_body: int | str = ...) -> Attached:
    """Answer XML-RPC: each method is a call of a service, over HTTP or in gRPC.

    Values are those of http://xmlrpc.com/spec.md, with `<nil/>` and `<i8>`; dates and bytes are text for services, in
    ISO 8601 and in base64. An error of a service becomes a fault. `system.listMethods` and `system.multicall` are
    there.

    methods: The methods, by name.

    max_batch: How many calls a `system.multicall` may have. One that has more is refused as a whole.

    parallel: How many calls of a `system.multicall` are made at once.

    timeout: The time for a request with all its calls. Calls that are not done by then have failed.

    max_body: How many bytes a request may have, and each answer of a service.
    """

class XmlRpcBackendRpcEndpoint(TypedDict):
    method: NotRequired[str]
    path: str
    call: str
    params: NotRequired[str | bool | int | float | Sequence[XmlRpcBackendTree] | Mapping[str, XmlRpcBackendTree] | None]
    answer: NotRequired[str | bool | int | float | Sequence[XmlRpcBackendTree] | Mapping[str, XmlRpcBackendTree] | None]
    errors: NotRequired[Mapping[str, int]]

XmlRpcBackendTree: TypeAlias = str | bool | int | float | Sequence[XmlRpcBackendTree] | Mapping[str, XmlRpcBackendTree] | None

def xml_rpc_backend(*, service: str, path: str = ..., headers: Mapping[str, str | int | bool] = ..., forward: Sequence[str] = ..., endpoints: Mapping[str, XmlRpcBackendRpcEndpoint], timeout: str | Literal[0] = ..., max_body: int | str = ...) -> Attached:
    """Give a backend that speaks XML-RPC a REST API: each endpoint is a call of one of its methods.

    A fault becomes a problem (RFC 9457) with its `faultCode` and `faultString`: 502, unless `errors` says another.
    `params` is a list, in the order of the parameters.

    service: The service that is called; `namespace/name` for one elsewhere.

    path: The path at which it is called.

    headers: Headers of each call, by name, with expressions in braces. One whose expression gives nothing is left out.

    forward: More headers of the client's request that each call carries, such as `authorization`. Who the consumer is, the client's address, the trace, the request's id and `Accept-Language` are always passed on.

    endpoints: What clients can call, by a name.

    timeout: The time for a call with its whole answer.

    max_body: How many bytes a request may have, and each answer of the backend.
    """
