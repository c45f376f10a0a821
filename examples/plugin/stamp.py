"""A plugin with settings: it asks for a tenant, and stamps what goes on to the backend with the contract of that."""

from pydantic import BaseModel

from crossway import Head, Response, plugin


class Settings(BaseModel):
    """What a route may say. A mistake in it is found when the configuration is read."""

    contracts: dict[str, str]
    """The contract of each tenant."""
    header: str = "x-contract"


@plugin
async def stamp(head: Head, settings: Settings) -> Response | None:
    """Answer 403 to whoever is no tenant. It looks at the head of a request alone: no body is waited for."""
    contract = settings.contracts.get(head.headers.get("x-tenant") or "")
    if contract is None:
        return Response(403, json={"error": "you are no tenant"})
    head.headers[settings.header] = contract
    return None
