from dialects.kong.reading import HEAD, of_route, read


def test_plain_paths_and_regular_expressions_are_two_routes():
    found = of_route("paths: [/a, '~/b/[0-9]+', /c], regex_priority: 7")
    assert [match["path"] for match in found.route()["matches"]] == ["^/a", "^/c"]
    assert found.route("web_2")["matches"] == [{"path": "~/b/[0-9]+.*"}]
    assert found.route("web_2")["priority"] == 10_007


def test_a_path_that_cannot_be_matched_closes_what_begins_like_it():
    found = of_route("paths: [/a, '~/b(?=c)', /d//e]")
    assert found.route()["to"] == "web"
    assert found.route("web_2")["matches"] == [{"path": "^/b"}]
    assert found.is_closed("web_2")
    assert found.is_closed("web_3")
    assert found.said == [("field.invalid", 4), ("field.invalid", 4)]


def test_headers_hold_for_any_of_their_values_in_any_case():
    found = of_route("paths: [/a], headers: {X-Team: [a, b.c], x-n: ['17'], x-r: ['~*^v[12]$', '~*beta']}")
    assert found.route()["matches"][0]["headers"] == {
        "x-team": {"regex": r"(?i)(a|b\.c)"},
        "x-n": "17",
        "x-r": {"regex": "(?i)(v[12]|.*beta.*)"},
    }


def test_https_alone_is_a_condition_and_the_rest_is_told():
    found = of_route("paths: [/a], protocols: [https], https_redirect_status_code: 308")
    assert found.route()["matches"] == [{"path": "^/a", "headers": {"x-forwarded-proto": "https"}}]
    assert found.route("web_insecure")["redirect"] == {"scheme": "https", "status": 308}


def test_grpc_is_a_condition():
    found = of_route("paths: [/a], protocols: [grpc, grpcs]")
    assert found.route()["matches"][0]["headers"] == {"content-type": {"prefix": "application/grpc"}}


def test_a_route_without_a_service_answers_503():
    found = read(f"{HEAD}routes: [{{name: web, paths: [/a]}}]\n")
    assert found.route()["respond"]["status"] == 503
    assert found.said == []


def test_what_cannot_be_matched_on_closes():
    found = of_route("snis: [a.example], paths: [/a]")
    assert found.is_closed()
    assert found.said == [("dialect.refused", 4)]


def test_the_addresses_of_clients_are_conditions():
    assert of_route("paths: [/a], sources: [{ip: 10.0.0.0/8}]").route()["matches"][0]["source_ips"] == ["10.0.0.0/8"]
