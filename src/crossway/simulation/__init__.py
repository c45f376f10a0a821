"""The simulation: what the proxies do with a request, worked out from the plan and from what was compiled of it.

Law: it is Envoy, on paper. A property test (``tests/laws/test_simulation.py``) sends the same requests through a real
one and compares routes, paths, headers and answers. Nothing here is asked while traffic flows, and nothing here
decides: precedence comes from `plan`, settings come from what `compile` made.

What it leaves out, and why:

* Answers to a malformed path (307, 400): some of Envoy's carry the edits that the route makes to answers, some do not.
* The codec: HTTP/1.0, unknown methods, absolute URLs and upgrades are settled before there is a request. The bound on
  all headers is measured as HTTP/1.1 writes them.
* Header lines of one name are joined by a comma: a host that is rewritten from a header is what stands before it.
* Answers of backends, and what policies with a filter of their own do to them (``error_pages``): they come later.
* A route that stands in for one that a proxy refused is found by the conditions of the new text.
* Chance: which of several services, which endpoint, the request id. What nobody can know stands in ``<>``.
"""
