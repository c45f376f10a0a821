"""GraphQL behind the gateway: within limits, with scopes for fields, and as a REST API."""

import json
import shutil
import sys
from hashlib import sha256
from pathlib import Path

from examples.stage import Stage, listens, show, wait

HERE = Path(__file__).parent


def main() -> None:
    with Stage() as stage:
        server = stage.start(sys.executable, "-m", "examples.graphql_backend.server", str(stage.port(9001)))
        wait(lambda: listens(stage.port(9001)), server)
        shutil.copy(HERE / "shop.graphql", stage.directory)
        stage.gateway(stage.copy(HERE / "crossway.yaml"))

        def ask(query="", **more):
            headers = {"content-type": "application/json", **more.pop("headers", {})}
            body = json.dumps(({"query": query} if query else {}) | more).encode()
            return stage.get("/graphql", method="POST", headers=headers, body=body).json

        def code(answer):
            return answer["errors"][0]["extensions"]["code"]

        good = ask("{ customers(first: 1) { name friends { name } } }")
        show("what is within the limits is answered", good["data"]["customers"][0]["name"] == "Ada")
        deep = ask("{ customers { friends { friends { friends { friends { id } } } } } }")
        show("what is too deep is refused", code(deep) == "MAX_DEPTH_LIMIT")
        dear = ask("{ customers(first: 50) { friends(first: 50) { id } } }")
        show("what costs too much is refused", code(dear) == "COST_ESTIMATED_TOO_EXPENSIVE")
        show("the schema is told to nobody", code(ask("{ __schema { types { name } } }")) == "INTROSPECTION_DISABLED")

        email = '{ customer(id: "1") { email } }'
        show("a field needs a scope", code(ask(email)) == "UNAUTHENTICATED")
        helpdesk = ask(email, headers={"x-api-key": "helpdesk-key"})
        show("whoever has it gets the field", helpdesk["data"]["customer"]["email"] == "ada@shop.test")

        query = "{ customers { id } }"
        known = {"persistedQuery": {"version": 1, "sha256Hash": sha256(query.encode()).hexdigest()}}
        show("a hash alone means nothing at first", code(ask(extensions=known)) == "PERSISTED_QUERY_NOT_FOUND")
        ask(query, extensions=known)
        show("and is enough once its document was sent", len(ask(extensions=known)["data"]["customers"]) == 2)

        show("an endpoint is an operation", stage.get("/api/customers/2").json == {"id": "2", "name": "Grace"})
        show("its answer has the form that was written", stage.get("/api/customers?first=1").json == ["Ada"])
        show("what is not there is 404", stage.get("/api/customers/9").status == 404)
        show("what does not fit is 400", stage.get("/api/customers?first=all").status == 400)
        told = {"content-type": "application/json"}
        renamed = stage.get("/api/customers/2/name", method="PUT", headers=told, body=b'{"name": "Grace H."}')
        show("a mutation has a method of its own", renamed.json == {"id": "2", "name": "Grace H."})
        show("OpenAPI describes them", "/api/customers/{id}" in stage.get("/api/openapi.json").json["paths"])


if __name__ == "__main__":
    main()
