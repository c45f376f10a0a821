"""A GraphQL server over a few customers. Port 9001, or the one that is given."""

import sys
from pathlib import Path

import uvicorn
from ariadne import MutationType, ObjectType, QueryType, make_executable_schema
from ariadne.asgi import GraphQL

SCHEMA = Path(__file__).with_name("shop.graphql").read_text()
CUSTOMERS = {
    "1": {"id": "1", "name": "Ada", "email": "ada@shop.test"},
    "2": {"id": "2", "name": "Grace", "email": "grace@shop.test"},
}

query, mutation, customer = QueryType(), MutationType(), ObjectType("Customer")


@query.field("customer")
def one(_, info, id):  # noqa: A002  # the name of the argument in the schema
    return CUSTOMERS.get(id)


@query.field("customers")
@customer.field("friends")
def many(_, info, first):
    return list(CUSTOMERS.values())[:first]


@mutation.field("rename")
def rename(_, info, id, name):  # noqa: A002  # the same
    CUSTOMERS[id] |= {"name": name}
    return CUSTOMERS[id]


if __name__ == "__main__":
    port = int(sys.argv[1]) if sys.argv[1:] else 9001
    app = GraphQL(make_executable_schema(SCHEMA, query, mutation, customer))
    uvicorn.run(app, host="127.0.0.1", port=port, log_level="warning")
