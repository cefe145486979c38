"""Whatever a file holds, lint ends with findings and never with a traceback. Deterministic: the same examples every time."""

import copy
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from deployer.formats import eval_suite, files, json_text
from deployer.formats.yaml import text
from deployer.lint import cross_file, engine
from deployer.lint.suppression import LintDirectives, apply_directives
from deployer.manifest import load
from deployer.model.finding import Finding
from deployer.model.text import one_line

ROOT = Path(__file__).parents[3]
DATA = ROOT / "tests" / "data" / "lint"
EXAMPLES = ROOT / "examples"
MOST = 40_000  # bytes of a seed
quick = settings(max_examples=120, derandomize=True, database=None, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


def kind(path: Path) -> str:
    """Under which name a seed is linted: what it is."""
    if path.name == "flowship.yml" or ".manifest." in path.name:
        return "flowship.yml"
    if ".evals." in path.name or path.parent.name == "evals":
        return "evals.yml"
    return "a.yaml" if path.suffix in (".yaml", ".yml") else f"a{path.suffix}"


def seeds() -> dict[str, list[str]]:
    """Every example, good or bad, that is text: between them they make every rule speak."""
    found: dict[str, list[str]] = {}
    for path in sorted([*DATA.rglob("*"), *EXAMPLES.rglob("*")]):
        if path.suffix in (".flow", ".bot", ".yaml", ".yml") and ".github" not in path.parts and path.is_file() and path.stat().st_size < MOST:
            try:
                found.setdefault(kind(path), []).append(path.read_text("utf-8"))
            except UnicodeDecodeError:
                continue
    return found


SEEDS = seeds()

scalars = st.one_of(st.none(), st.booleans(), st.integers(), st.floats(allow_nan=False, allow_infinity=False), st.text(max_size=8))
values = st.recursive(scalars, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3), max_leaves=6)
# Bytes that mean something to one of the readers.
pieces = st.sampled_from(
    [
        b"{",
        b"}",
        b"[",
        b"]",
        b":",
        b",",
        b'"',
        b"'",
        b"\n",
        b"\t",
        b"- ",
        b"&a ",
        b"*a",
        b"<<: ",
        b"!!x ",
        b"\x00",
        b"\xff",
        b"---\n",
        b"|",
        b">",
        b"#",
        b"{{",
        b"}}",
        b"#a#b",
        b"secrets.",
        b" # flowship: ignore ",
        b"\xf0\x9f\x9a\x80",
        b"* * *",
    ]
)


def linted(folder: Path, name: str, content: bytes) -> tuple[Finding, ...]:
    (folder / name).write_bytes(content)
    if name == "flowship.yml":
        loaded, findings = load.load_manifest(str(folder), name)
        assert loaded is not None or findings
        return (
            apply_directives((*findings, *cross_file.check_manifest(loaded)), LintDirectives({name: loaded.text}, loaded.lint, loaded, (), ()))
            if loaded
            else findings
        )
    if name == "evals.yml":
        return eval_suite.load(str(folder), name)[1]
    source, findings = files.read(str(folder), name)
    assert (source is None) == any(finding.severity == "error" for finding in findings)
    if source is None:
        return findings
    assert len(source.fingerprint) == 64
    texts = {name: content.decode("utf-8-sig")} if name == "a.yaml" else {}
    return apply_directives((*findings, *engine.lint_sources([source])), LintDirectives(texts))


def check(findings: tuple[Finding, ...], content: bytes) -> None:
    """Every finding says what and what next, and points into the file."""
    lines = content.count(b"\n") + 1
    for finding in findings:
        assert finding.message
        assert finding.fix
        assert finding.message == one_line(finding.message)
        if finding.span:
            assert 1 <= finding.span.line <= finding.span.end_line <= lines
            assert finding.span.column >= 1


@pytest.mark.parametrize("name", SEEDS)
@quick
@given(data=st.data())
def test_lint_survives_changed_bytes(name: str, tmp_path: Path, data: st.DataObject) -> None:
    content = data.draw(st.sampled_from(SEEDS[name])).encode()
    for _ in range(data.draw(st.integers(1, 3))):
        at = data.draw(st.integers(0, len(content)))
        length = data.draw(st.sampled_from([0, 1, 5, 100]))
        content = content[:at] + data.draw(pieces) + content[at + length :]
    check(linted(tmp_path, name, content), content)


def places(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    yield path
    children = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, child in children:
        yield from places(child, (*path, key))


def replaced(document: Any, path: tuple[Any, ...], value: Any) -> Any:
    if not path:
        return value
    changed = copy.deepcopy(document)
    holder = changed
    for part in path[:-1]:
        holder = holder[part]
    holder[path[-1]] = value
    return changed


def parsed(name: str) -> list[Any]:
    """The seeds that can be read."""
    read = json_text.parse if name in ("a.flow", "a.bot") else text.parse
    return [data for data, troubles in map(read, SEEDS[name]) if not troubles and isinstance(data, dict)]


PARSED = {name: parsed(name) for name in SEEDS}


@pytest.mark.parametrize("name", SEEDS)
@quick
@given(data=st.data())
def test_lint_survives_any_value_anywhere(name: str, tmp_path: Path, data: st.DataObject) -> None:
    """JSON is YAML, but for lone surrogates, which `ensure_ascii` writes as escapes that YAML refuses."""
    document = data.draw(st.sampled_from(PARSED[name]))
    for _ in range(data.draw(st.integers(1, 2))):
        document = replaced(document, data.draw(st.sampled_from(list(places(document)))), data.draw(values))
    content = json.dumps(document, indent=1).encode()
    check(linted(tmp_path, name, content), content)


def test_seeds_cover_every_kind_of_file() -> None:
    assert set(SEEDS) == {"a.flow", "a.bot", "a.yaml", "flowship.yml", "evals.yml"}
    assert all(PARSED.values())
