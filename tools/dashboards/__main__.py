"""Write `dashboards/` from the code.

::

    python -m tools.dashboards            write what has changed
    python -m tools.dashboards --check    exit 1 if anything would change
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

import yaml

from tools.dashboards.alerts import GROUPS, rules
from tools.dashboards.grafana import dashboard
from tools.dashboards.panels import ROWS

TARGET = Path(__file__).parents[2] / "dashboards"
NOTE = "# Written by `make docs`. Edit tools/dashboards instead.\n"


def files() -> dict[Path, str]:
    """Return every file by its path."""
    return {
        TARGET / "crossway.json": json.dumps(dashboard(ROWS), indent=1) + "\n",
        TARGET / "alerts.yaml": NOTE + yaml.safe_dump(rules(GROUPS), sort_keys=False, width=120),
    }


def main() -> int:
    """Write the files, or check them."""
    parser = argparse.ArgumentParser(description="Write dashboards/ from the code.")
    parser.add_argument("--check", action="store_true", help="change nothing, fail if a file is out of date")
    check = parser.parse_args().check
    changed = {path: text for path, text in files().items() if not path.exists() or path.read_text() != text}
    for path, text in changed.items():
        print(f"{path.relative_to(TARGET.parent)} {'is out of date: run make docs' if check else 'is written'}")
        if not check:
            path.parent.mkdir(exist_ok=True)
            path.write_text(text)
    return 1 if check and changed else 0


if __name__ == "__main__":
    sys.exit(main())
