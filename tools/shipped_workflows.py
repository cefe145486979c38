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

from deployer.commands.init.workflow_template import ACTION, workflow_text  # noqa: E402

PINNED = f"acme/flowship@{'0123456789' * 4} # v1.0.0"
_BLOCK = re.compile(r"^```yaml[^\n]*\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def shipped() -> Iterator[tuple[str, str]]:
    """Name and text of each workflow, as it is written here."""
    for path in sorted(ROOT.glob("examples/**/.github/workflows/*.yml")):
        yield "-".join(path.relative_to(ROOT).with_suffix("").parts), path.read_text("utf-8")
    for sharded, previews in product((False, True), repeat=2):
        yield f"init{'-sharded' * sharded}{'-previews' * previews}", workflow_text("main", "production", sharded=sharded, previews=previews)
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
