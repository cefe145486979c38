"""Writes every GitHub workflow that people copy from here into a folder, to be linted: the examples, what `init` writes, those in the pages.

`python tools/shipped_workflows.py FOLDER`. Whoever copies one fills in the action's owner and commit; here a commit that does not exist stands
for both.
"""

import re
import sys
from collections.abc import Iterator
from itertools import product
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from deployer.commands.init.manifest_template import release_policies  # noqa: E402
from deployer.commands.init.workflow_template import ACTION, Layout, workflow_text  # noqa: E402

PINNED = f"acme/flowship@{'0123456789' * 4} # v1.0.0"
_BLOCK = re.compile(r"^```yaml[^\n]*\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def shipped() -> Iterator[tuple[str, str]]:
    """Name and text of each workflow, as it is written here."""
    for path in sorted(ROOT.glob("examples/**/.github/workflows/*.yml")):
        yield "-".join(path.relative_to(ROOT).with_suffix("").parts), path.read_text("utf-8")
    for sharded, ghes, previews, environments in product((False, True), (False, True), (False, True), (1, 2, 3)):
        names = ("staging", "acceptance", "production")[:environments] if environments > 1 else ("production",)
        if not sharded or environments < 3:
            layout = Layout("main", release_policies(names), sharded=sharded, ghes=ghes, previews=previews)
            kinds = {"ghes": ghes, "sharded": sharded, f"environments-{environments}": environments > 1, "previews": previews}
            yield "-".join(("init", *(kind for kind, holds in kinds.items() if holds))), workflow_text(layout)
    for page in (ROOT / "README.md", *sorted(ROOT.glob("docs/*.md"))):
        blocks = [text for text in _BLOCK.findall(page.read_text("utf-8")) if re.search(r"^jobs:", text, re.MULTILINE)]
        yield from ((f"{page.stem}-{number}", text) for number, text in enumerate(blocks, 1))


def main(folder: str) -> None:
    """Replaces the folder's workflows."""
    place = Path(folder)
    place.mkdir(parents=True, exist_ok=True)
    for old in place.glob("*.yml"):
        old.unlink()
    for name, text in shipped():
        (place / f"{name}.yml").write_text(text.replace(ACTION, PINNED), "utf-8")


if __name__ == "__main__":
    main(sys.argv[1])
