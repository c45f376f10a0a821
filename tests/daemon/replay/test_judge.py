"""What changes about a request: two configurations, one line of a log, and what is said of it."""

import pytest

from crossway.daemon.replay.treatment import Change, Kind
from daemon.replay.scene import NOT_FOUND, line, told

ORDERS = "routes: {orders: {matches: [{path: /orders/*}], to: one}"
TENANT = """\
routes:
  acme: {matches: [{path: /orders/*, headers: {x-tenant: acme}}], to: two}
  orders: {matches: [{path: /orders/*}], to: one}
"""


def change(before, after, *details, kinds):
    return [(Change(before, after, tuple(kinds), details), 1)]


def test_nothing_changes(replayed):
    tally = replayed(ORDERS + "}", ORDERS + ", new: {matches: [{path: /new}], to: two}}", line())
    assert (tally.requests, tally.unchanged, tally.changed, tally.undecided) == (1, 1, 0, 0)
    assert told(tally.mismatches) == []


def test_another_route(replayed):
    tally = replayed(ORDERS + "}", ORDERS + ", seven: {matches: [{path: /orders/7}], to: two}}", line())
    kinds = [Kind.ROUTE, Kind.ACTION]
    assert told(tally.changes) == change("orders", "seven", "action: to one -> to two", kinds=kinds)


def test_a_route_of_another_name_that_does_the_same(replayed):
    tally = replayed(ORDERS + "}", ORDERS.replace("orders:", "bestellungen:") + "}", line())
    assert told(tally.changes) == change("orders", "bestellungen", kinds=[Kind.ROUTE])


def test_a_policy(replayed):
    tally = replayed(
        "routes: {orders: {matches: [{path: /orders/*}], to: one, policies: {retry: {attempts: 2}}}}",
        "routes: {orders: {matches: [{path: /orders/*}], to: one, policies: {retry: {attempts: 3}, timeout: 5s}}}",
        line(),
    )
    details = "policy retry: attempts 2 -> 3", "policy timeout: added"
    assert told(tally.changes) == change("orders", "orders", *details, kinds=[Kind.POLICY])


def test_an_answer_of_the_gateway(replayed):
    tally = replayed(ORDERS + "}", "routes: {orders: {matches: [{path: /orders/*}], respond: {status: 410}}}", line())
    details = "action: to one -> respond", "status: of the service -> 410"
    assert told(tally.changes) == change("orders", "orders", *details, kinds=[Kind.ACTION, Kind.STATUS])


def test_a_route_that_is_closed(replayed):
    tally = replayed(ORDERS + "}", ORDERS.replace("to: one", "to: nobody") + "}", line())
    details = "action: to one -> closed (reference.dangling)", "status: of the service -> 503"
    assert told(tally.changes) == change("orders", "orders", *details, kinds=[Kind.ACTION, Kind.STATUS])


def test_no_route_any_more_and_a_route_where_none_was(replayed):
    gone = replayed(ORDERS + "}", ORDERS.replace("/orders/*", "/orders/8") + "}", line())
    details = "action: to one -> no route", "status: of the service -> 404"
    kinds = [Kind.ROUTE, Kind.NOT_FOUND, Kind.ACTION, Kind.STATUS]
    assert told(gone.changes) == change("orders", "-", *details, kinds=kinds)

    reached = replayed(ORDERS.replace("/orders/*", "/orders/8") + "}", ORDERS + "}", line(**NOT_FOUND))
    details = "action: no route -> to one", "status: 404 -> of the service"
    kinds = [Kind.ROUTE, Kind.REACHED, Kind.ACTION, Kind.STATUS]
    assert told(reached.changes) == change("-", "orders", *details, kinds=kinds)


def test_a_service_that_is_another_under_the_same_name(replayed):
    services = "gateways: {edge: {listeners: {http: 8080}}}\nservices: {one: 'http://127.0.0.1:9001'}\n"
    tally = replayed(services + ORDERS + "}", services.replace("9001", "9009") + ORDERS + "}", line())
    ((found, count),) = told(tally.changes)
    assert (found.kinds, count) == ((Kind.SERVICE,), 1)
    assert "9001" in found.details[0]
    assert "9009" in found.details[0]


def test_a_policy_of_the_service_of_the_gateway_and_of_a_namespace(replayed):
    text = """\
gateways: {edge: {listeners: {http: 8080}GATEWAY}}
services: {one: {endpoints: ["127.0.0.1:9001"]SERVICE}}
routes: {orders: {matches: [{path: /orders/*}], to: one}}
"""
    before = text.replace("GATEWAY", "").replace("SERVICE", "")
    after = text.replace("GATEWAY", ", policies: {timeout: 3s, limits: {request_headers: 32KiB}}").replace(
        "SERVICE", ", policies: {load_balancing: random}"
    )
    ((found, _),) = told(replayed(before, after, line()).changes)
    assert [detail.partition(":")[0] for detail in found.details] == [
        "policy limits of the listener",
        "policy timeout",
        "policy load_balancing of the service one",
    ]


def test_the_port_is_closed(replayed):
    tally = replayed(
        "gateways: {edge: {listeners: {http: 8080}}}\nservices: {one: 'http://127.0.0.1:9001'}\n" + ORDERS + "}",
        "gateways: {edge: {listeners: {http: 8081}}}\nservices: {one: 'http://127.0.0.1:9001'}\n" + ORDERS + "}",
        line(),
    )
    ((found, _),) = told(tally.changes)
    assert found.kinds == (Kind.ROUTE, Kind.NOT_FOUND, Kind.ACTION, Kind.STATUS)
    assert "nothing listens on port 8080" in found.details[0]
    assert found.details[1] == "status: of the service -> none"


class TestWhatTheLogDoesNotSay:
    """Headers, cookies and queries stand in no log; which route took the request does."""

    def test_the_route_that_took_it_tells_that_a_header_was_there(self, replayed):
        tally = replayed(TENANT, TENANT.replace("to: two", "to: one"), line(route="acme", service="two"))
        assert told(tally.changes) == change("acme", "acme", "action: to two -> to one", kinds=[Kind.ACTION])

    def test_the_route_that_took_it_tells_that_a_header_was_not_there(self, replayed):
        tally = replayed(TENANT, TENANT.replace("/orders/*}", "/*}"), line())
        assert (tally.unchanged, tally.undecided) == (1, 0)

    def test_a_header_that_is_known_to_be_one_thing_is_not_another(self, replayed):
        other = TENANT.replace("x-tenant: acme", "x-tenant: {prefix: zz}")
        tally = replayed(TENANT, other, line(route="acme", service="two"))
        ((found, _),) = told(tally.changes)
        assert (found.before, found.after) == ("acme", "orders")
        fitting = TENANT.replace("x-tenant: acme", "x-tenant: {prefix: ac}")
        assert replayed(TENANT, fitting, line(route="acme", service="two")).unchanged == 1

    def test_present_is_the_opposite_of_absent(self, replayed):
        before = TENANT.replace("x-tenant: acme", "x-tenant: {present: true}")
        after = TENANT.replace("x-tenant: acme", "x-tenant: {absent: true}")
        ((gone, _),) = told(replayed(before, after, line(route="acme")).changes)
        assert (gone.before, gone.after) == ("acme", "orders")
        ((come, _),) = told(replayed(before, after, line()).changes)
        assert (come.before, come.after) == ("orders", "acme")

    def test_of_two_conditions_that_do_not_both_hold_nobody_knows_one(self, replayed):
        before = TENANT.replace("x-tenant: acme", "x-tenant: acme, x-beta: yes")
        assert replayed(before, before, line()).unchanged == 1
        tally = replayed(before, TENANT, line())
        ((doubt, count),) = told(tally.doubts)
        assert (doubt.conditions, count) == (("header x-tenant = acme",), 1)
        assert doubt.hint == "x-tenant: request.headers.x-tenant"
        assert (tally.unchanged, tally.changed, tally.undecided) == (0, 0, 1)

    def test_more_conditions_than_those_that_failed_fail_too(self, replayed):
        after = TENANT.replace("x-tenant: acme", "x-tenant: acme, x-beta: yes")
        assert replayed(TENANT, after, line()).unchanged == 1

    def test_doubt_that_makes_no_difference_is_none(self, replayed):
        after = "routes: {orders: {matches: [{path: /orders/*, headers: {x-a: b}}, {path: /orders/*}], to: one}}"
        assert replayed(ORDERS + "}", after, line()).unchanged == 1

    @pytest.mark.parametrize(
        ("condition", "hint"),
        [
            ("cookies: {a: b}", ""),
            ("headers: {x-api-key: b}", ""),
            ("queries: {a: b}", "a: request.query.a"),
            ("headers: {a: b}", "a: request.headers.a"),
        ],
    )
    def test_what_would_tell(self, replayed, condition, hint):
        after = f"{ORDERS}, more: {{matches: [{{path: /orders/*, {condition}}}], to: two}}}}"
        ((doubt, _),) = told(replayed(ORDERS + "}", after, line()).doubts)
        assert doubt.hint == hint

    def test_what_the_log_says_besides(self, replayed):
        gateway = """\
gateways:
  edge:
    policies:
      access_log: {fields: {tenant: request.headers.x-tenant, c: request.headers.cookie, q: request.query.q}}
    listeners: {http: 8080}
services: {one: "http://127.0.0.1:9001", two: "http://127.0.0.1:9002"}
"""
        after = """\
routes:
  tenant: {matches: [{path: /orders/*, headers: {x-tenant: acme}}], to: two}
  cookie: {matches: [{path: /orders/*, cookies: {a: b}}], to: two}
  query: {matches: [{path: /orders/*, queries: {q: "1"}}], to: two}
  agent: {matches: [{path: /orders/*, headers: {user-agent: {prefix: curl}}}], to: two}
  network: {matches: [{path: /orders/*, source_ips: [10.0.0.0/8]}], to: two}
  orders: {matches: [{path: /orders/*}], to: one}
"""
        nothing = {"tenant": None, "c": None, "q": None, "user_agent": None}
        lines = [
            line(**nothing),
            line(**nothing | {"tenant": "acme"}),
            line(**nothing | {"c": "x=y; a=b"}),
            line(**nothing | {"q": "1"}),
            line(**nothing | {"user_agent": "curl/8"}),
            line(**nothing, client_ip="10.1.2.3"),
        ]
        tally = replayed(gateway + ORDERS + "}", gateway + after, *lines)
        assert tally.undecided == 0
        assert tally.unchanged == 1
        assert sorted(group.what.after for group in tally.changes) == ["agent", "cookie", "network", "query", "tenant"]

    @pytest.mark.parametrize(("name", "field"), [("x-tenant", "tenant"), ("user-agent", "user_agent")])
    def test_a_header_that_the_route_has_edited_is_not_the_one_that_came(self, replayed, name, field):
        before = f"""\
gateways:
  edge: {{listeners: {{http: 8080}}, policies: {{access_log: {{fields: {{tenant: request.headers.x-tenant}}}}}}}}
services: {{one: "http://127.0.0.1:9001", two: "http://127.0.0.1:9002"}}
routes:
  orders:
    matches: [{{path: /orders/*}}]
    to: one
    policies: {{headers: {{request: {{set: {{{name}: acme}}}}}}}}
"""
        after = before + f"  acme: {{matches: [{{path: /orders/*, headers: {{{name}: acme}}}}], to: two}}\n"
        request = line(**{"tenant": None, "user_agent": None} | {field: "acme"})
        assert replayed(before, after, request).undecided == 1

    def test_a_query_in_the_log(self, replayed):
        after = ORDERS + ", more: {matches: [{path: /orders/*, queries: {q: '1'}}], to: two}}"
        tally = replayed(ORDERS + "}", after, line(path="/orders/7?q=1"), line(path="/orders/7?q=2"))
        assert (tally.unchanged, tally.changed, tally.undecided) == (1, 1, 0)

    def test_grpc(self, replayed):
        calls = "routes: {orders: {matches: [{path: /a.B/*}], to: one}, b: {matches: [{grpc: a.B}], to: two}}"
        before = calls.partition(", b:")[0] + "}"
        tally = replayed(before, calls, line(path="/a.B/C", method="POST", grpc_status="OK"))
        assert tally.changed == 1


class TestOriginals:
    """A route that rewrites leaves another path in the log than the one that was asked for."""

    @pytest.mark.parametrize(
        ("route", "logged"),
        [
            ("matches: [{path: /old/*}], redirect: {path_prefix: /new}", "/new/a"),
            ("matches: [{path: /old/*}], redirect: {path_prefix: /}", "/a"),
            ("matches: [{path: /old/*}], redirect: {path: /elsewhere}", "/old/a"),
            ("matches: [{path: /old/*}], to: one, policies: {rewrite: {path_prefix: /new}}", "/new/a"),
            ("matches: [{path: /old/a}], to: one, policies: {rewrite: {path: /x}}", "/x"),
        ],
    )
    def test_a_path_that_can_be_got_back(self, replayed, route, logged):
        before = f"routes: {{old: {{{route}}}}}"
        after = f"routes: {{old: {{{route}}}, a: {{matches: [{{path: /old/a}}], priority: 1, to: two}}}}"
        request = line(path=logged, route="old")
        tally = replayed(before, after, request)
        assert [(group.what.before, group.what.after) for group in tally.changes] == [("old", "a")]
        assert told(tally.mismatches) == []
        assert replayed(before, before, request).unchanged == 1

    def test_a_path_that_cannot_be_got_back(self, replayed):
        rewriting = "routes: {old: {matches: [{path: /old/*}], to: one, policies: {rewrite: {path: /x}}}"
        request = line(path="/x", route="old")
        assert replayed(rewriting + "}", rewriting + "}", request).unchanged == 1
        ((found, _),) = told(replayed(rewriting + "}", rewriting.replace("to: one", "to: two") + "}", request).changes)
        assert found.details == ("action: to one -> to two",)
        tally = replayed(rewriting + "}", rewriting + ", a: {matches: [{path: /old/a}], to: two}}", request)
        assert (tally.undecided, tally.mismatches.requests) == (1, 0)

    def test_a_host_that_was_rewritten(self, replayed):
        text = "routes: {old: {hostnames: [HOST], to: one, policies: {rewrite: {host: inner.example}}}"
        request = line(host="inner.example", route="old")
        exact = text.replace("HOST", "a.example")
        assert replayed(exact + "}", exact + "}", request).unchanged == 1
        wild = text.replace("HOST", '"*.a.example"')
        assert replayed(wild + "}", wild + ", other: {hostnames: [b.a.example], to: two}}", request).undecided == 1


class TestMismatches:
    def test_a_configuration_before_that_is_not_the_one_that_ran(self, replayed):
        tally = replayed(ORDERS + "}", ORDERS + "}", line(route="users"), line(**NOT_FOUND), line(route="orders#7"))
        assert sorted(told(tally.mismatches)) == [
            (("-", "orders"), 1),
            (("orders#7", "orders"), 1),
            (("users", "orders"), 1),
        ]
        assert tally.unchanged == 3

    def test_a_route_in_the_log_that_is_no_name(self, replayed):
        tally = replayed(ORDERS + "}", ORDERS + "}", line(route="a#b\x1b[2J"))
        ((mismatch, _),) = told(tally.mismatches)
        assert mismatch.logged.isprintable()

    def test_no_listener_takes_it(self, replayed):
        tally = replayed(ORDERS + "}", ORDERS + "}", line(tls_version="TLSv1.3", sni="shop.example"))
        assert (tally.mismatches.requests, tally.undecided) == (1, 1)


class TestListeners:
    TWO = """\
gateways:
  edge: {listeners: {http: 8080}}
  inner: {listeners: {http: 8081}}
services: {one: "http://127.0.0.1:9001", two: "http://127.0.0.1:9002"}
routes:
  orders: {gateways: [edge], matches: [{path: /orders/*}], to: one}
  others: {gateways: [inner], matches: [{path: /orders/*}], to: two}
  both: {matches: [{path: /both/*}], to: one}
"""

    def test_the_route_tells_the_gateway(self, replayed):
        tally = replayed(self.TWO, self.TWO.replace("/orders/*}], to: two", "/orders/*}], to: one"), line())
        assert tally.unchanged == 1

    def test_the_port_of_the_host_tells_the_gateway(self, replayed):
        after = self.TWO.replace("both: {", "both: {gateways: [edge], ")
        tally = replayed(self.TWO, after, line(path="/both/1", route="both", host="shop.example:8081"))
        assert tally.kinds[Kind.NOT_FOUND] == 1
        tally = replayed(self.TWO, after, line(path="/both/1", route="both", host="shop.example:8080"))
        assert tally.unchanged == 1

    def test_the_port_of_the_listener_tells_it_whatever_the_host_says(self, replayed):
        after = self.TWO.replace("both: {", "both: {gateways: [edge], ")
        for port, unchanged in ((8080, 1), (8081, 0)):
            request = line(path="/both/1", route="both", host="shop.example:8080", port=port)
            assert replayed(self.TWO, after, request).unchanged == unchanged

    def test_where_nothing_tells_the_gateway_it_is_undecided_if_it_matters(self, replayed):
        request = line(path="/both/1", route="both")
        assert replayed(self.TWO, self.TWO, request).unchanged == 1
        tally = replayed(self.TWO, self.TWO.replace("both: {", "both: {gateways: [edge], "), request)
        ((doubt, _),) = told(tally.doubts)
        assert doubt.conditions == ("the listener, of which this log has no port",)

    def test_a_redirect_to_https(self, replayed):
        before = self.TWO.replace("http: 8080", "http: {port: 8080, redirect_to_https: true}")
        request = line(route="redirect_to_https", status=308, service=None, details="direct_response")
        assert replayed(before, before, request).unchanged == 1
        ((found, _),) = told(replayed(before, self.TWO, request).changes)
        assert (found.before, found.after) == ("the gateway", "orders")


class TestWithoutAConfigurationBefore:
    """Then routes and statuses are compared with those in the log."""

    def test_the_same(self, replayed):
        answer = line(route="hello", path="/hello", service=None, details="direct_response")
        after = ORDERS + ", hello: {matches: [{path: /hello}], respond: {body: hi}}}"
        assert replayed(None, after, line(), line(path="/x", **NOT_FOUND), answer).unchanged == 3

    def test_an_error_of_the_backend_is_no_change(self, replayed):
        reset = line(status=503, flags="UF", details="upstream_reset_before_response_started")
        assert replayed(None, ORDERS + "}", reset, line(status=500)).unchanged == 2

    def test_another_route_status_and_service(self, replayed):
        after = ORDERS.replace("one", "two") + ", x: {matches: [{path: /x}], respond: {status: 204}}}"
        tally = replayed(None, after, line(), line(path="/x", **NOT_FOUND), line(path="/y"))
        assert sorted((group.what.before, group.what.after, group.what.details) for group in tally.changes) == [
            ("-", "x", ("action: an answer -> respond", "status: 404 -> 204")),
            ("orders", "-", ("action: to one -> no route", "status: of the service -> 404")),
            ("orders", "orders", ("action: to one -> to two",)),
        ]
