"""A canary: send one request in ten to the new version, then all of them, without one failed request."""

from collections import Counter
from pathlib import Path

from examples.stage import Stage, show, wait

CONFIG = Path(__file__).with_name("crossway.yaml")


def main() -> None:
    with Stage() as stage:
        stage.service("v1", 9001)
        stage.service("v2", 9002)
        config = stage.copy(CONFIG)
        gateway = stage.gateway(config)

        shares = Counter(stage.get("/orders/7").json["service"] for _ in range(400))
        show(f"of 400 requests, v2 gets about one in ten: {shares['v2']}", 15 <= shares["v2"] <= 75)

        tested = {stage.get("/orders/7", headers={"x-tester": "me"}).json["service"] for _ in range(20)}
        show("a tester always gets v2: the match that asks for more comes first", tested == {"v2"})

        config.write_text(config.read_text().replace("weight: 90", "weight: 0"))
        answers = []

        def all_on_v2() -> bool:
            answers.append(stage.get("/orders/7"))
            return len(answers) >= 40 and all(answer.json["service"] == "v2" for answer in answers[-40:])

        wait(all_on_v2, gateway)
        show("after the edit everything goes to v2", True)
        show(f"and none of {len(answers)} requests failed on the way", all(answer.status == 200 for answer in answers))


if __name__ == "__main__":
    main()
