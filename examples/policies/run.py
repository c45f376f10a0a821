"""The policies used most, on one route: who is let in, what the backend sees, and what everybody else is told."""

import json
import re
import sys
import time
from pathlib import Path

from joserfc import jwt
from joserfc.jwk import ECKey

from examples.stage import Answer, Stage, listens, show, wait

CONFIG = Path(__file__).with_name("crossway.yaml")
PAGE = {"origin": "https://a.example"}


def main() -> None:
    issuer = ECKey.generate_key("P-256")
    token = {"authorization": f"Bearer {signed(issuer, 'alice@example.com')}"}
    alice, bob = {"x-api-key": "k-alice"} | token, {"x-api-key": "k-bob"} | token
    with Stage() as stage:
        service = stage.start(sys.executable, "-m", "examples.policies.orders", str(stage.port(9001)))
        wait(lambda: listens(stage.port(9001)), service)
        config = stage.copy(CONFIG)
        public = json.dumps(issuer.as_dict(private=False))
        config.write_text(re.sub(r"\{kty: .*\}", lambda _: public, config.read_text()))
        stage.gateway(config)

        def get(path: str = "/orders/7", **options) -> Answer:
            return stage.get(path, **options)

        show("without a key: 401", refused(get(headers=token), 401))
        show("with a wrong one: 401", refused(get(headers=alice | {"x-api-key": "k-eve"}), 401))
        show("without a token: 401", refused(get(headers={"x-api-key": "k-alice"}), 401))
        other = signed(ECKey.generate_key("P-256"), "alice@example.com")
        show("with a token of somebody else's: 401", refused(get(headers=alice | bearer(other)), 401))
        show("bob is known, and not gold: 403", refused(get(headers=bob), 403))
        show("alice may read, and not write: 403", refused(get(headers=alice, method="POST"), 403))

        forged = {"x-consumer-username": "root", "x-user": "root", "x-debug": "1"}
        first = get("/orders/7?full=1", headers=alice | forged)
        seen = first.json["headers"]
        show("alice with her key and her token: 200", first.status == 200)
        show("the backend is asked for its own path", first.json["path"] == "/v2/orders/7?full=1")
        who = {"x-consumer-username": "alice", "x-consumer-groups": "gold", "x-user": "alice@example.com"}
        show(f"and sees who asks, whatever the client claims: {who}", who.items() <= seen.items())
        show("and a header that was set, and none that was removed", seen["x-team"] == "shop" and "x-debug" not in seen)
        show("and no key", "k-alice" not in first.body.decode())
        show("the answer has a header that was set", first.headers["x-served-by"] == "crossway")
        show("and says what is left of 5 in a minute: 4", first.headers["x-ratelimit-remaining"] == "4")

        show("a backend that fails once is asked again", get("/orders/flaky", headers=alice).status == 200)
        left = [get(headers=alice).headers["x-ratelimit-remaining"] for _ in range(3)]
        show("three more requests, and nothing is left", left == ["2", "1", "0"])
        over = get(headers=alice | PAGE)
        show("past the limit: 429", refused(over, 429))
        told = {name: over.headers[name] for name in ("retry-after", "ratelimit", "ratelimit-policy")}
        show(f"and when to come back: {told}", 1 <= int(told["retry-after"]) <= 12)
        allowed = over.headers["access-control-allow-origin"]
        show("a page may read even that", allowed == PAGE["origin"])

        preflight = get(method="OPTIONS", headers=PAGE | {"access-control-request-method": "POST"})
        show("a preflight needs no key", preflight.status == 200)
        show("and may be remembered", preflight.headers["access-control-max-age"] == "60")
        show("for writing as well", "POST" in preflight.headers["access-control-allow-methods"])
        elsewhere = get(
            method="OPTIONS", headers={"origin": "https://b.example", "access-control-request-method": "GET"}
        )
        show("another page is allowed nothing", "access-control-allow-origin" not in elsewhere.headers)


def signed(issuer: ECKey, subject: str) -> str:
    """Return a token of the *issuer*, good for a minute."""
    claims = {"iss": "https://id.example", "aud": "shop", "sub": subject, "exp": int(time.time()) + 60}
    return jwt.encode({"alg": "ES256"}, claims, issuer)


def bearer(token: str) -> dict[str, str]:
    return {"authorization": f"Bearer {token}"}


def refused(answer: Answer, status: int) -> bool:
    """Return whether a refusal has this status, and says so in a problem document with the id of the request."""
    return (
        answer.headers["content-type"] == "application/problem+json"
        and answer.status == answer.json["status"] == status
        and answer.json["request_id"] == answer.headers["x-request-id"]
    )


if __name__ == "__main__":
    main()
