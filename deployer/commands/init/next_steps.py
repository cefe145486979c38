"""What `flowship init` prints after it wrote: what is still to be done by hand, with the names that stand in what it wrote."""

import re
import textwrap
from collections.abc import Iterator, Mapping, Sequence

from deployer.commands.init.workflow_template import ACTION, PREVIEW_ENVIRONMENT, Layout, refs_of

MAX_COLUMNS = 80


def next_steps(layout: Layout, manifest: str, workflow: str, keys: Mapping[str, Sequence[str]], previews: Sequence[str]) -> Iterator[str]:
    """`keys`: the names of the keys by environment; `previews`: those of the preview keys. `manifest` and `workflow` are paths."""
    yield from ("", "Next:", f"1. Read {manifest} and {workflow}.")
    if layout.part:
        yield f"   The second is at the repository's top, where GitHub looks for workflows; its steps have `root: {layout.part}`."
    if layout.action == ACTION:
        yield f"   Its steps use {ACTION}. To replace it:"
        yield "   flowship init --uses OWNER/flowship@COMMIT"
    if layout.ghes:
        yield "   Its jobs run on a runner of yours with the label `linux`, which must have Docker."
    yield "2. Try it here: flowship lint, then flowship plan. Without keys, a plan uses the recorded state."
    yield f"3. On GitHub, in Settings → Environments, create {', '.join([*layout.environments, *[PREVIEW_ENVIRONMENT] * bool(previews)])}:"
    for name in layout.environments:
        yield f"   - {name}: limit branches and tags to {refs_of(layout, name)}. Add the secret FLOWSHIP_KEYS with {_lines(keys[name])}."
        if name in layout.tags():
            yield "     Who must approve a release is set there too, as required reviewers. They approve the daily check for drift as well."
    if previews:
        yield f"   - {PREVIEW_ENVIRONMENT}: every branch may use it. Add the secret FLOWSHIP_PREVIEW_KEYS with {_lines(previews)}."
    yield f"4. Commit and push. {_effects(layout)}"


def folded(line: str) -> list[str]:
    """The line in rows of at most 80 columns, later ones below the text after its number or dash. A longer word stays whole."""
    marker = re.match(r" *(?:\d\. |- )?", line)
    indent = " " * len(marker[0]) if marker else ""
    return textwrap.wrap(line, MAX_COLUMNS, subsequent_indent=indent, break_long_words=False, break_on_hyphens=False) or [""]


def _lines(keys: Sequence[str]) -> str:
    if not keys:
        return "a line NAME=value for each key that you add"
    return f"{'the line' if len(keys) == 1 else 'the lines'} {', '.join(f'{key}=…' for key in keys)}"


def _effects(layout: Layout) -> str:
    rows = [f"A pull request {'gets a preview' if layout.previews else 'is planned'}", layout.merge_effect]
    if layout.tags():
        rows.append(f"a tag v1.0.0 makes it live in {', then in '.join(layout.tags())}")
    return ", ".join(rows) + "."
