"""Findings that no configuration alone brings about: they take a file that is missing, or a policy of somebody else."""

import asyncio
from pathlib import Path

import yaml

from crossway.compile.contract import ROUTE_TARGETS, Fragment, Policy, Site, Stage, Target
from crossway.daemon.archives import Archives
from crossway.daemon.control import ControlPlane
from crossway.daemon.following import Following
from crossway.daemon.offline import open_configuration
from crossway.daemon.pipeline import Pipeline
from crossway.daemon.registry import load_policies
from crossway.identity.secrets import SecretLane
from crossway.model import Document, Spec
from crossway.protos.envoy.config.route import v3 as route_v3
from crossway.sources.files import Files
from crossway.sources.watch import watch
from crossway.telemetry.metrics import ControlMetrics
from harness.waiting import until

GATEWAYS = {"edge": {"listeners": {"http": 8080}}}


class Stranger(Spec):
    """A policy of another package."""


def stranger(compile_stranger) -> Policy[Spec]:
    return Policy(
        spec=Stranger, stage=Stage.ROUTER, applies=Target.ROUTE, targets=ROUTE_TARGETS, compile=compile_stranger
    )


def test_a_service_whose_certificate_cannot_be_served_is_unusable(tmp_path: Path) -> None:
    config = tmp_path / "crossway.yaml"
    services = {"orders": {"endpoints": ["127.0.0.1:9001"], "tls": {"ca": "internal"}}}
    certificates = {"internal": {"ca": str(tmp_path / "no-such-file.crt")}}
    config.write_text(yaml.safe_dump({"gateways": GATEWAYS, "services": services, "certificates": certificates}))
    assert {finding.code for finding in open_configuration(config).findings} == {
        "certificate.missing",
        "reference.unusable",
    }


def test_two_policies_that_decide_the_same_are_in_conflict() -> None:
    def compile_stranger(_spec: Stranger, _site: Site) -> Fragment:
        return Fragment(route=route_v3.Route(route=route_v3.RouteAction(host_rewrite_literal="a.example")))

    pipeline = Pipeline({**load_policies(), "stranger": stranger(compile_stranger)})
    policies = {"stranger": {}, "rewrite": {"host": "b.example"}}
    configuration = {
        "gateways": GATEWAYS,
        "services": {"orders": "http://127.0.0.1:9001"},
        "routes": {"orders": {"to": "orders", "policies": policies}},
    }
    pipeline.adopt(pipeline.read([Document("crossway.yaml", yaml.safe_dump(configuration))]))
    assert [finding.code for finding in pipeline.findings()] == ["policy.conflict"]


async def test_a_crash_of_the_compiler_is_our_bug_and_changes_nothing(tmp_path: Path) -> None:
    def compile_stranger(_spec: Stranger, _site: Site) -> Fragment:
        raise ZeroDivisionError

    config = tmp_path / "crossway.yaml"
    config.write_text(yaml.safe_dump({"gateways": GATEWAYS, "routes": {"hello": {"respond": {"body": "hello"}}}}))
    pipeline = Pipeline({**load_policies(), "stranger": stranger(compile_stranger)})
    control = ControlPlane(pipeline, SecretLane(watch), Archives(tmp_path), ControlMetrics(), say=lambda _line: None)
    files = Following(control, Files(config), lambda _line: None)
    await files.start()
    before = control.server.snapshots
    async with asyncio.TaskGroup() as tasks:
        following = tasks.create_task(files.run())
        config.write_text(config.read_text().replace("respond:", "policies: {stranger: {}}\n    respond:"))
        await until(lambda: "crossway.bug" in {finding.code for finding in control.state.findings})
        assert control.server.snapshots == before
        following.cancel()
