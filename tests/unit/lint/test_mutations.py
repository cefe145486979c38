"""Whatever a file holds, lint ends with findings and never with a traceback. Deterministic: the same examples every time."""

import copy
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from deployer.domain.finding import Finding
from deployer.lint import engine
from deployer.source import files, manifest

EXAMPLES = Path(__file__).parents[3] / "examples"
FLOW = (EXAMPLES / "flows" / "triage.flow").read_text("utf-8")
YAML = (EXAMPLES / "workflows" / "onboarding.yaml").read_text("utf-8")
MANIFEST = (EXAMPLES / "flowship.yml").read_text("utf-8")
quick = settings(max_examples=40, derandomize=True, database=None, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])

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
    ]
)


def linted(folder: Path, name: str, content: bytes) -> tuple[Finding, ...]:
    (folder / name).write_bytes(content)
    if name == "flowship.yml":
        loaded, findings = manifest.load(str(folder), name)
        assert loaded is not None or findings
        return findings
    source, findings = files.read(str(folder), name)
    assert (source is None) == any(finding.severity == "error" for finding in findings)
    if source is not None:
        assert len(source.fingerprint) == 64
    return (*findings, *engine.check([source] if source else []))


def check(findings: tuple[Finding, ...], content: bytes) -> None:
    """Every finding says what and what next, and points into the file."""
    lines = content.count(b"\n") + 1
    for finding in findings:
        assert finding.message
        assert finding.cure
        assert finding.message.isprintable()
        if finding.span:
            assert 1 <= finding.span.line <= finding.span.end_line <= lines
            assert finding.span.column >= 1


@pytest.mark.parametrize(("name", "text"), [("a.flow", FLOW), ("a.yaml", YAML), ("flowship.yml", MANIFEST)])
@quick
@given(data=st.data())
def test_bytes_changed_anywhere(name: str, text: str, tmp_path: Path, data: st.DataObject) -> None:
    content = text.encode()
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


def parsed(name: str) -> Any:
    text = {"a.flow": FLOW, "a.yaml": YAML, "flowship.yml": MANIFEST}[name]
    if name == "a.flow":
        return json.loads(text)
    from deployer.source import yaml_text

    return yaml_text.parse(text)[0]


@pytest.mark.parametrize("name", ["a.flow", "a.yaml", "flowship.yml"])
@quick
@given(data=st.data())
def test_any_value_anywhere(name: str, tmp_path: Path, data: st.DataObject) -> None:
    """JSON is YAML, but for lone surrogates, which `ensure_ascii` writes as escapes that YAML refuses."""
    document = parsed(name)
    for _ in range(data.draw(st.integers(1, 2))):
        document = replaced(document, data.draw(st.sampled_from(list(places(document)))), data.draw(values))
    content = json.dumps(document, indent=1).encode()
    check(linted(tmp_path, name, content), content)
