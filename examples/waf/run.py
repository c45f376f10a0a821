"""A firewall: attacks are refused, a field that may say anything is left alone, and the log never says what it was."""

from pathlib import Path

from examples.stage import Stage, show

CONFIG = Path(__file__).with_name("crossway.yaml")
ATTACK = "1'%20or%20'1'='1"
SCRIPT = "%3Cscript%3Ealert(1)%3C/script%3E"


def main() -> None:
    with Stage() as stage:
        stage.service("notes", 9001)
        stage.gateway(stage.copy(CONFIG))

        show("what is good goes on", stage.get("/notes/7?q=tea+for+two").status == 200)
        refused = stage.get(f"/notes/7?q={ATTACK}")
        show(f"an attack does not: {refused.status}", refused.json["code"] == "waf.blocked")
        show("and no answer tells why", b"7000010" not in refused.body and b"sqli" not in refused.body)
        show("nor a script", stage.get(f"/notes/7?q={SCRIPT}").status == 403)
        show("a formula may look like one", stage.get(f"/notes/7?formula={ATTACK}").status == 200)
        scanner = {"user-agent": "sqlmap/1.8"}
        show("a rule of one's own", stage.get("/notes/7", headers=scanner).status == 403)
        show("a route that is only watched", stage.get(f"/watched/7?q={ATTACK}").status == 200)


if __name__ == "__main__":
    main()
