from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from crossway.cli import main
from harness.certificates import Authority
from harness.stand_in import StandIn, standing


@dataclass(frozen=True)
class Outcome:
    status: int
    out: str
    err: str


Crossway = Callable[..., Outcome]


@pytest.fixture
def crossway(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Crossway:
    """The command line, in this process: its words in, its exit status and what it wrote out."""
    monkeypatch.setenv("COLUMNS", "200")

    def run(*words: Any) -> Outcome:
        with pytest.raises(SystemExit) as ended:
            main([str(word) for word in words])
        written = capsys.readouterr()
        return Outcome(ended.value.code or 0, written.out, written.err)

    return run


SHOP = """\
gateways:
  edge: {listeners: {http: 8080}}
  inner: {listeners: {tls: {port: 8443, tls: {certificates: [shop]}}}}
certificates:
  shop: {certificate: $shop.pem, key: $shop.key}
services: {echo: "http://127.0.0.1:9001", other: "http://127.0.0.1:9002"}
routes:
  exact: {gateways: [edge], matches: [{path: /a, methods: [GET]}], to: echo, policies: {retry: 2}}
  below: {gateways: [edge], matches: [{path: /a/*}], to: [{service: echo, weight: 9}, other]}
  hello: {gateways: [inner], hostnames: [shop.example], respond: {body: hello}}
"""


@pytest.fixture
def shop(tmp_path):
    Authority().issue("shop.example").save(tmp_path, "shop")
    file = tmp_path / "crossway.yaml"
    file.write_text(SHOP.replace("$", f"{tmp_path}/"))
    return file


@pytest.fixture
def stand_in() -> Iterator[StandIn]:
    with standing() as one:
        yield one
