"""Write `docs/reference/` from the code.

::

    python -m tools.reference            write what has changed, remove what is gone
    python -m tools.reference --check    exit 1 if anything would change, or is claimed of a bridge and shown by nothing

The pages of the findings are written by hand; what is written here is their list.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from tools.reference import bridges, defaults, dialects, findings, interfaces, policies, resources

TARGET = Path(__file__).parents[2] / "docs/reference"
BY_HAND = "findings"
NOTE = "<!-- Written by `make docs`. Edit the code instead. -->\n\n"


def pages() -> dict[Path, str]:
    """Return every page by its path."""
    texts = {
        "resources.md": resources.page(),
        "defaults.md": defaults.page(),
        "cli.md": interfaces.cli(),
        "metrics.md": interfaces.metrics(),
        "bridges.md": bridges.page(),
        "findings/README.md": findings.page(TARGET / BY_HAND),
        "policies/README.md": policies.index(),
        **{f"policies/{name}.md": text for name, text in policies.pages().items()},
        "dialects/README.md": dialects.index(),
        **{f"dialects/{name}.md": text for name, text in dialects.pages().items()},
    }
    return {TARGET / name: NOTE + text for name, text in texts.items()}


def main() -> int:
    """Write the pages, or check them."""
    parser = argparse.ArgumentParser(description="Write docs/reference from the code.")
    parser.add_argument("--check", action="store_true", help="change nothing, fail if a page is out of date")
    check = parser.parse_args().check
    wanted = pages()
    old = {page for page in TARGET.rglob("*.md") if page.parent.name != BY_HAND} - set(wanted)
    changed = [page for page, text in wanted.items() if not page.exists() or page.read_text() != text]
    for page in sorted([*old, *changed]):
        print(f"{page.relative_to(TARGET)} {'is out of date: run make docs' if check else 'is written'}")
    unshown = bridges.mistakes()
    for mistake in unshown:
        print(mistake)
    if check:
        return 1 if old or changed or unshown else 0
    for page in old:
        page.unlink()
    for page in changed:
        page.parent.mkdir(parents=True, exist_ok=True)
        page.write_text(wanted[page])
    return 0


if __name__ == "__main__":
    sys.exit(main())
