"""The same page in Python: `crossway run examples/composition/app.py`."""

from crossway import Crossway, Response

cw = Crossway()
cw.gateway("edge", 8081)
users = cw.service("users", "http://127.0.0.1:9001")
orders = cw.service("orders", "http://127.0.0.1:9002")
prices = cw.service("prices", "http://127.0.0.1:9003")


@cw.compose("GET /profile/{user_id}")
async def profile(user_id: str) -> Response | dict[str, object]:
    user, placed = await cw.gather(
        users.get(f"/users/{user_id}"), orders.get("/orders", params={"user": user_id}, timeout=1)
    )
    if not user.ok:
        return user
    items = [item for order in (placed.json() if placed.ok else []) for item in order["items"]]
    found = await cw.gather(*(prices.get(f"/prices/{item}") for item in items))
    if not all(price.ok for price in found):
        return Response(502, json={"error": "what it costs is not known at the moment"})
    things = [{"item": item, "price": price.json()["price"]} for item, price in zip(items, found, strict=True)]
    return {"name": user.json()["name"], "things": things}
