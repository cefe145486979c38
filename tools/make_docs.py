"""Regenerates the generated parts of README.md and docs/, each between its markers. `make docs` runs it; a test does the same and compares.

A part stands between `<!-- made by tools/make_docs.py: NAME -->` and `<!-- end -->`.
"""

import re
import sys
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from deployer.cli.args import rows_of  # noqa: E402 - after the path to it
from deployer.cli.help import described, option_and_value  # noqa: E402
from deployer.config.inputs import INPUTS, LOCAL_COMMANDS, MODES, OUTPUTS, Input  # noqa: E402
from deployer.config.options import EXAMPLES  # noqa: E402
from deployer.http.retry import MAX_TRIES, RETRY, RetryRule  # noqa: E402
from deployer.platforms.error_codes import OURS, ErrorInfo  # noqa: E402
from deployer.platforms.registry import PLATFORMS  # noqa: E402
from deployer.platforms.source_formats import SOURCE_FORMATS  # noqa: E402

PAGES = ("README.md", *sorted(f"docs/{path.name}" for path in (ROOT / "docs").glob("*.md")))
PART = re.compile(r"(<!-- made by tools/make_docs\.py: ([a-z-]+) -->\n).*?(<!-- end -->)", re.DOTALL)

# Inputs that are read, but used by nothing in this version. A test holds this.
WITHOUT_EFFECT: tuple[str, ...] = ()

# What a platform offers, in a user's words. The order is that of the table.
ABILITIES = {
    "drafts": "an import makes a draft that is not live",
    "versions": "earlier versions are kept",
    "list": "workflows or versions can be listed",
    "export": "a definition can be read back",
    "delete": "a workflow can be deleted",
    "run_logs": "earlier runs can be listed",
    "key_is_target": "a key leads to one workflow, not to an organisation",
}


def table(heads: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    heads = list(heads)
    lines = [heads, ["---"] * len(heads), *(list(row) for row in rows)]
    return "".join(f"| {' | '.join(cells)} |\n".replace("|  |", "| |") for cells in lines)


def code(text: str) -> str:
    return f"`{text}`" if text else ""


def inputs() -> str:
    return table(("input", "default", ""), ((code(given.name), code(given.default), given.description + _note(given)) for given in INPUTS))


def _note(given: Input) -> str:
    return " *No effect in this version.*" if given.name in WITHOUT_EFFECT else ""


def outputs() -> str:
    return table(("output", ""), ((code(name), text) for name, text in OUTPUTS.items()))


def modes() -> str:
    return table(("mode", ""), ((code(name), text) for name, text in MODES.items()))


def commands() -> str:
    texts = MODES | LOCAL_COMMANDS
    return table(("command", "", "example"), ((code(name), texts[name], code(EXAMPLES[name][-1].partition(" >")[0])) for name in texts))


def options() -> str:
    """Each option once, with its variable and the commands that have it."""
    by_name = {row.name: row for name in LOCAL_COMMANDS | MODES for row in rows_of(name)}
    order = [*(row.name for row in INPUTS), *by_name]
    rows = [by_name[name] for name in dict.fromkeys(order) if name in by_name]
    cells = ((code(option_and_value(row)), code(row.variable), _commands(row), described(row)) for row in rows)
    return table(("option", "variable", "commands", ""), cells)


def _commands(row: Input) -> str:
    names = [name for name in MODES | LOCAL_COMMANDS if name != "auto" and row.name in (own.name for own in rows_of(name))]
    modes = [name for name in MODES if name not in ("auto", "lint")]
    return "all modes" if set(names) - {"lint"} == set(modes) else ", ".join(names)


def platforms() -> str:
    def row(name: str, cells: Iterable[str]) -> tuple[str, ...]:
        return (name, *cells)

    capabilities = [platform.capabilities for platform in PLATFORMS.values()]
    rows = [row("files", (", ".join(map(code, source_format.suffixes)) for source_format in SOURCE_FORMATS))]
    rows += [row(text, ("yes" if getattr(offered, name) else "no" for offered in capabilities)) for name, text in ABILITIES.items()]
    rows.append(row("the platform checks a file without importing it", ("yes" if platform.precheck else "no" for platform in PLATFORMS.values())))
    return table(("", *(platform.service.title for platform in PLATFORMS.values())), rows)


def codes(entries: Mapping[str, ErrorInfo], prefix: str = "") -> str:
    """A row for each code, with an anchor to link to: `40127`, `http-413`, `meingpt-http-401`, `meingpt-unreachable`."""

    def anchor(name: str) -> str:
        return f"{prefix if name.startswith('HTTP') or name in OURS else ''}{name}".replace(" ", "-").lower()

    rows = ((f'<a id="{anchor(name)}"></a>{code(name)}', *entry) for name, entry in entries.items())
    return table(("code", "", "what it means", "what to do"), rows)


def retries() -> str:
    heads = ("what happened", "read, update, delete, release (may be repeated)", "import, create, rollback call (must not happen twice)")
    return table(heads, ((row.happened, _rule(row.repeatable), _rule(row.otherwise)) for row in RETRY.values()))


def _rule(rule: RetryRule) -> str:
    if rule.retry:  # what follows the last try is the same as without one
        return f"retried, at most {MAX_TRIES} tries"
    if not rule.probe_seconds:
        return "failed, with code and fix"
    absent = "sent once more" if rule.absence_is_proof else "`unknown`"
    return f"the effect is looked for, for {rule.probe_seconds:g} s; if it is not found: {absent}"


def graph() -> str:
    """The graph of a change, as a comment shows it."""
    sys.path.append(str(ROOT / "tests" / "support"))
    from graph_samples import triage

    from deployer.render.mermaid import render

    return f"```mermaid\n{render(triage()).rstrip()}\n```\n"


PARTS: Mapping[str, Callable[[], str]] = {
    "inputs": inputs,
    "outputs": outputs,
    "modes": modes,
    "commands": commands,
    "options": options,
    "platforms": platforms,
    "codes-gptbots": lambda: codes(PLATFORMS["gptbots"].errors, "gptbots-"),
    "codes-meingpt": lambda: codes(PLATFORMS["meingpt"].errors, "meingpt-"),
    "codes-ours": lambda: codes(OURS),
    "retries": retries,
    "graph": graph,
}


def made(text: str) -> str:
    """A page with its generated parts regenerated. Raises KeyError for an unknown part."""
    return PART.sub(lambda found: f"{found[1]}\n{PARTS[found[2]]()}\n{found[3]}", text)


def main() -> None:
    for page in PAGES:
        path = ROOT / page
        before = path.read_text(encoding="utf-8")
        after = made(before)
        if after != before:
            path.write_text(after, encoding="utf-8")
            print(f"written  {page}")


if __name__ == "__main__":
    main()
