"""GraphQL: backends that are protected, and backends that speak nothing else to clients that speak HTTP."""
