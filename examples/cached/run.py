"""A cached API: hits with their age, an answer for each language, purges by tag, and a shop that is down."""

import subprocess
import sys
from pathlib import Path

from examples.stage import CROSSWAY, Answer, Stage, end, listens, show, wait

CONFIG = Path(__file__).with_name("crossway.yaml")


def main() -> None:
    with Stage() as stage:
        shop = stage.start(sys.executable, "-m", "examples.cached.shop", str(stage.port(9001)))
        wait(lambda: listens(stage.port(9001)), shop)
        stage.gateway(stage.copy(CONFIG))

        def get(product: int = 7, language: str = "en") -> Answer:
            return stage.get(f"/products/{product}", headers={"accept-language": language})

        first, second = get(), get()
        show(f"the first answer is kept: {did(first)}", did(first) == "fwd=uri-miss; stored")
        show(f"and given to the second: {did(second)}", did(second).startswith("hit; ttl=") and asked(second) == 1)
        show(f"with its age: {second.headers['age']}", 0 <= int(second.headers["age"]) < 60)
        show("tags are no business of clients", "surrogate-key" not in second.headers)

        french = get(language="fr")
        show(f"French is another answer: {did(french)}", did(french) == "fwd=vary-miss; stored" and asked(french) == 2)
        show("and both are kept", (asked(get()), asked(get(language="fr"))) == (1, 2))

        get(8)
        show("a purge by tag is live when the command returns", purge(stage, "--tag", "product-7") == 0)
        show("what has the tag is asked for anew", asked(get()) == 4)
        show("what has it not is still there", asked(get(8)) == 3)

        purge(stage, "--tag", "products", "--soft")
        end(shop)
        stale = get()
        show(f"with the shop down, a stale answer: {did(stale)}", (stale.status, asked(stale)) == (200, 4))
        show("which says so", did(stale).endswith("detail=stale-if-error"))
        show("and what nobody asked for before is a 503", get(9).status == 503)


def did(answer: Answer) -> str:
    """Return what the cache did."""
    return answer.headers["cache-status"].removeprefix("Crossway; ")


def asked(answer: Answer) -> int:
    """Return how often the shop had been asked when it gave this answer."""
    return int(answer.json["asked"])


def purge(stage: Stage, *what: str) -> int:
    state = ("--state", stage.directory / "state-7070")
    return subprocess.run([CROSSWAY, "purge", *what, *state], check=False).returncode


if __name__ == "__main__":
    main()
