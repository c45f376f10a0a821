from dataclasses import replace

from crossway.admin import answers, desk
from crossway.model import Finding, Origin, Ref
from crossway.model.access import Identity, Role
from crossway.model.revision import Difference, Revision, RevisionState, Row
from harness.desks import NOW, MemoryDesk

ALL = Identity("local:ada", Role.ADMIN)
BOUND = Identity("token:a", Role.EDITOR, frozenset({"team-a"}))
OWN, OTHER = Ref("routes", "own", "team-a"), Ref("routes", "other", "team-b")


def test_what_exists_for_nobody_is_not_in_an_answer():
    rows = [Row(ref, f"{ref.name}: {{}}\n", Origin("x")) for ref in (OWN, OTHER)]
    applied = desk.Applied(
        desk.State.LIVE,
        3,
        tuple(Difference(row.ref, None, row) for row in rows),
        (Finding("a.b", "c", about=OWN), Finding("a.b", "d", about=OTHER), Finding("a.b", "e")),
        (OWN, OTHER),
        1,
        2,
    )
    everything = answers.applied(applied, MemoryDesk(), ALL)
    assert [len(part) for part in (everything.differences, everything.findings, everything.quarantined)] == [2, 3, 2]
    seen = answers.applied(applied, MemoryDesk(), BOUND)
    assert [difference.name for difference in seen.differences] == ["own"]
    assert [finding.message for finding in seen.findings] == ["c", "e"]
    assert seen.quarantined == ["routes.team-a/own"]
    assert (seen.state, seen.revision, seen.live, seen.proxies) == (desk.State.LIVE, 3, 1, 2)


def test_a_finding_says_what_it_says_elsewhere():
    finding = Finding("a.b", "c", about=OWN, path=("matches", 0), expected="d", hint="e").at(Origin("f", 2, 3))
    (answer,) = answers.findings([finding])
    assert {name: getattr(answer, name) for name in answer.__struct_fields__} == finding.as_dict()
    (answer,) = answers.findings([Finding("a.b", "c")])
    assert {name: getattr(answer, name) for name in answer.__struct_fields__} == Finding("a.b", "c").as_dict()


def test_what_others_did_is_not_told():
    revision = Revision(2, "d", 1, "token:b", NOW, "why", RevisionState.REFUSED, "reason", 7)
    assert answers.revision(revision, ALL).message == "why"
    hidden = answers.revision(revision, BOUND)
    assert (hidden.author, hidden.message, hidden.reason) == ("[another namespace]", "", "")
    assert (hidden.number, hidden.state, hidden.changed) == (2, "refused", 7)
    own = answers.revision(replace(revision, author="token:a"), BOUND)
    assert (own.author, own.message, own.reason) == ("token:a", "why", "reason")
