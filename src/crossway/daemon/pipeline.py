"""The pipeline: from documents to the resources of a view, computing only what changed.

Everything in here is pure or a memo of what is pure. What comes from outside (texts, the state of certificates) is
written into the tables; what goes out is asked for.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from functools import partial
from typing import Final, TypeVar, TypeVarTuple

from crossway.compile.contract import GenericSecret, Policies
from crossway.compile.envoy import names
from crossway.compile.envoy.extensions import BY_NEED, PURGES
from crossway.compile.envoy.fragments import DEFINITIONS, PLUGINS, POLICIES
from crossway.compile.envoy.generic_secrets import BY_SECRET, generic_secrets, view_secrets
from crossway.compile.envoy.inner import BEHIND
from crossway.compile.envoy.inventory import RouteRow, inventory
from crossway.compile.envoy.quarantine import REFUSED, Refused
from crossway.compile.envoy.resource import Resource
from crossway.compile.envoy.route import WATCHED, compile_route
from crossway.compile.envoy.view import View, compile_view, view_bundles, view_certificates, view_findings
from crossway.compile.program import Described, Purge
from crossway.dialects.contract import Dialect
from crossway.dialects.native import Loaded, Native
from crossway.dialects.translator import Translator
from crossway.memo import Memo, Read
from crossway.model import (
    Answers,
    Artifact,
    Artifacts,
    Asked,
    Certificate,
    Defined,
    Definition,
    Document,
    Finding,
    Findings,
    Plugin,
    Providers,
    Ref,
)
from crossway.model.definition import heard
from crossway.plan.inventory import asked, certificates, ports
from crossway.plan.inventory import definitions as definitions_of
from crossway.plan.inventory import plugins as plugins_of
from crossway.plan.provider import artifacts, issuers
from crossway.plan.route import INDEXES, plan_route
from crossway.plan.tables import ARTIFACTS, LACKING, PROVIDERS, PUBLIC, RESOURCES, RULES, TOKEN_KEYS, UNUSABLE
from crossway.protos.envoy.config.route import v3 as route_v3

Args = TypeVarTuple("Args")
V = TypeVar("V")
FromFile = TypeVar("FromFile", Plugin, Definition)

Describe = Callable[[Mapping[Ref, Plugin]], Mapping[Ref, Described]]
Define = Callable[[Mapping[Ref, Definition]], Mapping[Ref, Defined]]

EVERYTHING = View()
"""The view of a proxy that serves all gateways."""

SMALL: Final = 10_000
"""Remembered values that are never worth sorting out."""


class Pipeline:
    """The state of one control plane: the newest configuration that was adopted, and what follows from it.

    Not safe for threads: one call at a time.
    """

    def __init__(
        self,
        policies: Policies,
        describe: Describe = lambda _: {},
        dialects: Iterable[Dialect] = (),
        define: Define = lambda _: {},
    ) -> None:
        """Make an empty one, which reads *dialects* too.

        *describe* is asked what the code of plugins is, and *define* what definitions say.
        """
        self._describe, self._define = describe, define
        self.translator = Translator(dialects)
        """Knows the foreign objects of what was read last."""
        self._native = Native(policies)
        self._memo = Memo((*INDEXES, BY_NEED, BY_SECRET, BEHIND))
        self._memo.replace(POLICIES, policies)
        self._memo.replace(RULES, {name: policy.rule for name, policy in policies.items()})
        self._views: set[View] = set()
        self._most = SMALL
        self._certificate_codes: Mapping[Ref, str] = {}
        self._refused: Mapping[Ref, str] = {}
        self._described: Mapping[Ref, Described] = {}
        self._defined: Mapping[Ref, Defined] = {}
        self._answers: Answers = {}
        self.loaded = Loaded({}, (), ())
        """The configuration that was adopted."""

    @property
    def evaluations(self) -> Mapping[str, int]:
        """How often each query ran since the start."""
        return self._memo.evaluations

    def read(self, documents: Iterable[Document]) -> Loaded:
        """Return what *documents* say. Nothing follows from it before it is adopted."""
        translation = self.translator.read(documents)
        return self._native.read(translation.documents, translation.findings, translation.refusals)

    def adopt(self, loaded: Loaded) -> None:
        """Make *loaded* the configuration."""
        changes = self._native.difference(self.loaded, loaded)
        self.loaded = loaded
        if changes is None:
            self._memo.replace(RESOURCES, loaded.resources)
        else:
            self._memo.update(RESOURCES, changes)
        self.look_at_files()

    def look_at_files(self) -> bool:
        """Take in what the code of plugins is now, and what definitions say; return whether that is something new."""
        return any((self._look_at_plugins(), self._look_at_definitions()))

    def _look_at_plugins(self) -> bool:
        plugins = {ref: self._placed(ref, plugin) for ref, plugin in self._memo.get(plugins_of).items()}
        before, self._described = self._described, self._describe(plugins) if plugins else {}
        if self._described == before:
            return False
        self._memo.replace(PLUGINS, self._described)
        return True

    def _look_at_definitions(self) -> bool:
        definitions = {ref: self._placed(ref, one) for ref, one in self._memo.get(definitions_of).items()}
        services = self._memo.get(asked)
        said = {
            ref: heard(self._answers.get(services[ref]))
            if ref in services
            else Defined(problem=f"there is no service {one.asked!r}")
            for ref, one in definitions.items()
            if one.asked
        }
        before, self._defined = self._defined, {**self._define(definitions), **said} if definitions else {}
        if self._defined == before:
            return False
        self._memo.replace(DEFINITIONS, self._defined)
        return True

    def _placed(self, ref: Ref, part: FromFile) -> FromFile:
        path = None if part.file is None else self.loaded.beside(ref, part.file)
        return part if path == part.file else part.model_copy(update={"file": path})

    def serve_certificates(self, secrets: Collection[str], findings: Iterable[Finding]) -> None:
        """Say which *secrets* there are to serve. A certificate that lacks one is unusable, by a code of *findings*."""
        codes: dict[Ref, str] = {}
        for finding in findings:
            if finding.about is not None:
                codes.setdefault(finding.about, finding.code)
        self._certificate_codes = {
            ref: codes.get(ref, "certificate.missing")
            for ref, certificate in self.certificates().items()
            if not all(name in secrets for name in secret_names(ref, certificate))
        }
        self._memo.replace(UNUSABLE, {**self._refused, **self._certificate_codes})

    def serve_secrets(self, secrets: Collection[str]) -> None:
        """Say which *secrets* there are to serve. A route that needs one that there is not is closed."""
        lacking = (secret.name for secret in self.generic_secrets() if secret.name not in secrets)
        self._memo.replace(LACKING, dict.fromkeys(lacking, True))

    def serve_token_keys(self, keys: str) -> None:
        """Say by which public *keys*, in JSON, proxies verify the tokens that are issued here; none if empty."""
        self._memo.replace(TOKEN_KEYS, {PUBLIC: keys} if keys else {})

    def serve_purges(self, purges: Iterable[Purge]) -> None:
        """Say what the caches of all proxies must not give any more."""
        self._memo.replace(PURGES, {purge.id: purge for purge in purges})

    def serve_providers(self, providers: Providers) -> None:
        """Say what *providers* said of themselves. A route that needs one that said nothing is closed."""
        self._memo.replace(PROVIDERS, providers)

    def serve_artifacts(self, artifacts: Artifacts) -> None:
        """Say what the files hold that policies name by URL. A route that needs one that cannot be had is closed."""
        self._memo.replace(ARTIFACTS, artifacts)

    def serve_answers(self, answers: Answers) -> None:
        """Say what services said of themselves. A route that needs one that said nothing is closed."""
        self._answers = answers
        self._look_at_definitions()

    def refuse(self, routes: Mapping[str, Refused]) -> None:
        """Say of which Envoy *routes* some content was refused by a proxy, by name."""
        self._memo.replace(REFUSED, routes)

    def give_up(self, resources: Mapping[Ref, str]) -> bool:
        """Say which *resources* no proxy takes in any version, with a code: routes that need them are closed.

        Return whether that is something new.
        """
        if resources == self._refused:
            return False
        self._refused = resources
        self._memo.replace(UNUSABLE, {**resources, **self._certificate_codes})
        return True

    def watch(self, resources: frozenset[Ref]) -> None:
        """Have the routes among *resources*, those to a service among them, and no others counted one by one."""
        routes = filter(None, (self._memo.get(plan_route, ref) for ref in self.loaded.resources)) if resources else ()
        watched = (plan.ref for plan in routes if plan.ref in resources or not resources.isdisjoint(plan.services))
        self._memo.replace(WATCHED, dict.fromkeys(watched, True))

    def compiled(self, name: str) -> Iterator[route_v3.Route]:
        """Yield what the Envoy route called *name* says now, for each door that it is reached through."""
        ref, index = names.route_parts(name)
        plan = self._memo.get(plan_route, ref)
        if plan is not None and index < len(plan.route.matches):
            for door in dict.fromkeys(door for _, door in plan.placements):
                yield self._memo.get(compile_route, ref, index, door).message

    def certificates(self) -> dict[Ref, Certificate]:
        """Return the certificate resources, with the paths of their files as they are from the working directory."""
        found = self._memo.get(certificates)
        return {ref: one.placed(partial(self.loaded.beside, ref)) for ref, one in found.items()}

    def generic_secrets(self) -> frozenset[GenericSecret]:
        """Return the secrets that policies name."""
        return self._memo.get(generic_secrets)

    def issuers(self) -> frozenset[str]:
        """Return the issuers of the providers that have to be asked where their endpoints are."""
        return frozenset(self._memo.get(issuers))

    def asked(self) -> frozenset[Asked]:
        """Return the services that have to be asked what they are."""
        return frozenset(self._memo.get(asked).values())

    def artifacts(self) -> frozenset[Artifact]:
        """Return the files that have to be fetched."""
        return frozenset(self._memo.get(artifacts))

    def resources(self, view: View = EVERYTHING) -> tuple[Resource, ...]:
        """Return every resource of *view* but its secrets."""
        self._views.add(view)
        resources = self._memo.get(compile_view, view)
        self._forget()
        return resources

    def _forget(self) -> None:
        """Give up what is remembered of resources that are gone, once that may be as much as all the rest."""
        if self._memo.size > self._most:
            per_view = (compile_view, view_findings, view_certificates, view_bundles, view_secrets)
            views = [(query, (view,)) for query in per_view for view in self._views]
            self._memo.sweep([*views, (inventory, ()), (certificates, ()), (generic_secrets, ()), (ports, ())])
            self._most = 2 * self._memo.size + SMALL

    def view_certificates(self, view: View = EVERYTHING) -> frozenset[Ref]:
        """Return the certificates that *view* needs."""
        return self._memo.get(view_certificates, view)

    def view_bundles(self, view: View = EVERYTHING) -> frozenset[tuple[Ref, ...]]:
        """Return the certificates whose authorities *view* needs together."""
        return self._memo.get(view_bundles, view)

    def view_secrets(self, view: View = EVERYTHING) -> frozenset[str]:
        """Return the names of the secrets of policies that *view* needs."""
        return self._memo.get(view_secrets, view)

    def findings(self, others: Findings = (), view: View = EVERYTHING) -> Findings:
        """Return everything there is to say about the configuration that was adopted, once, with its place in the text.

        *others* are findings from elsewhere about its resources.
        """
        compiled = self.loaded.locate((*others, *self._memo.get(view_findings, view)))
        return tuple(dict.fromkeys((*self.loaded.findings, *compiled)))

    def ask(self, query: Callable[[Read, *Args], V], *args: *Args) -> V:
        """Return the value of *query*, a pure one over the tables of the pipeline."""
        return self._memo.get(query, *args)

    def routes(self) -> tuple[RouteRow, ...]:
        """Return a row for each match of each route on each host, in the order in which they are tried."""
        return self._memo.get(inventory)

    def ports(self) -> tuple[tuple[str, int, str], ...]:
        """Return address, port and transport (``tcp`` or ``udp``) of everything that is listened on."""
        return self._memo.get(ports)


def secret_names(ref: Ref, certificate: Certificate) -> Iterator[str]:
    """Yield the names of the secrets that *certificate* becomes."""
    if certificate.certificate is not None:
        yield names.secret(ref)
    if certificate.ca is not None:
        yield names.authorities(ref)
