"""Plugins over the API: what they are, and what they cost."""

from crossway.admin.desk import Cost, Running
from crossway.compile.program import Bounds, Code, Described
from crossway.model import Ref
from crossway.model.access import Role

STAMP = Running(
    Ref("plugins", "stamp"),
    Described(
        Code("stamp"), "stamp", ("head", "response"), documentation="Stamps.", bounds=Bounds(isolation="process")
    ),
    (Ref("routes", "shop"), Ref("routes", "api", "blue")),
    Cost(10, 2, 1, 0.5, 0.25, 100.0),
)
BROKEN = Running(Ref("plugins", "broken", "blue"), Described(Code("b"), problem="no such module"), (), None)


async def test_what_they_are_and_cost(admin):
    admin.desk.running = [STAMP, BROKEN]
    first, second = (await admin.ask("/v1/plugins")).json["items"]
    assert first == {
        "namespace": "default",
        "name": "stamp",
        "hooks": ["head", "response"],
        "isolation": "process",
        "routes": ["shop", "blue/api"],
        "problem": "",
        "pending": "",
        "documentation": "Stamps.",
        "cost": {
            "calls": 10,
            "errors": 2,
            "timeouts": 1,
            "seconds": 0.5,
            "cpu_seconds": 0.25,
            "uptime_seconds": 100.0,
        },
    }
    assert (second["namespace"], second["problem"], second["cost"]) == ("blue", "no such module", None)


async def test_who_is_bound_sees_their_own(admin):
    admin.desk.running = [STAMP, BROKEN]
    items = (await admin.ask("/v1/plugins", token=await admin.grant(Role.VIEWER, "blue"))).json["items"]
    assert [one["name"] for one in items] == ["broken"]
