"""Thousands of random graphs: none has a finding as it is made, and each mistake made in one is found where it was made, alone.

The generator and its mistakes (tests/support) share no code with the linter, nor with the sandbox's import validator, which has to agree each time.
"""

import json
from collections import Counter
from collections.abc import Iterator
from random import Random
from typing import Any

import flow_mutations_edges  # noqa: F401 - adds mistakes
import flow_mutations_nodes  # noqa: F401 - adds mistakes
import flow_mutations_references  # noqa: F401 - adds mistakes
import pytest
from flow_generator import Generator, Place, laid_out
from flow_mutations import MUTATIONS

from deployer.lint import engine
from deployer.model.finding import Finding
from deployer.model.workflow import Source
from deployer.sandbox.import_validator import validate_import

GRAPHS = 32  # for each kind of mistake
REFUSED = {rule.name for rule in engine.load_all_rules() if rule.refused_by_platform}
ONLY_FOR_AGENTS = {"bot-type"}


def both(text: str) -> tuple[tuple[Finding, ...], str]:
    """What the linter finds, and why the sandbox's import validator refuses it, "" when it does not."""
    content = text.encode("utf-8", "surrogatepass")
    verdict = validate_import(content, "a.flow", "workflow")
    findings = engine.lint_sources([Source("a.flow", "gptbots", "workflow", content, json.loads(text))])
    return findings, verdict.refusal or "another kind of target" * bool(verdict.wrong_type)


def linted(text: str) -> tuple[Finding, ...]:
    findings, refusal = both(text)
    assert any(finding.rule in REFUSED for finding in findings) == bool(refusal), (findings, refusal)
    return findings


def placed(findings: tuple[Finding, ...], places: dict[int, Place]) -> list[tuple[str, Place]]:
    return sorted((finding.rule, places[finding.span.line] if finding.span else ()) for finding in findings)


@pytest.mark.parametrize("name", MUTATIONS)
def test_mutation_is_found_at_its_place_alone(name: str) -> None:
    done = seed = 0
    while done < GRAPHS:
        seed += 1
        assert seed < 30 * GRAPHS, "too few graphs have a place for this mistake"
        made = Generator(f"{name} {seed}")
        assert seed > GRAPHS or linted(laid_out(made.document)[0]) == ()
        expected = MUTATIONS[name](made)
        if expected is not None:
            text, places = laid_out(made.document)
            assert placed(linted(text), places) == sorted(expected), (seed, text)
            done += 1


def node_values(value: Any) -> list[Any]:
    """What is read from other nodes, anywhere in the value."""
    own = [value.get("value")] if isinstance(value, dict) and value.get("source") == "NODE" else []
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return own + [each for item in inner for each in node_values(item)]


@pytest.mark.parametrize("name", [name for name in MUTATIONS if name.startswith(("reads_", "broken_"))])
def test_finding_of_a_broken_reference_covers_its_value(name: str) -> None:
    for seed in range(40):
        made = Generator(f"{name} value {seed}")
        before = node_values(made.document)
        if MUTATIONS[name](made) is None:
            continue
        text, _ = laid_out(made.document)
        added = list((Counter(node_values(made.document)) - Counter(before)).elements())
        (finding,) = linted(text)
        assert finding.span
        line = text.splitlines()[finding.span.line - 1]
        assert [json.loads(line[finding.span.column - 1 : finding.span.end_column])] == added


def test_every_rule_has_a_mutation() -> None:
    found: set[str] = set()
    for name, mutate in MUTATIONS.items():
        expected = (mutate(Generator(f"{name} {seed}")) for seed in range(200))
        found |= {rule for rule, _ in next((rows for rows in expected if rows), [])}
    assert found == {rule.name for rule in engine.load_rules("flow")} - {"secret-literal"}  # of texts, not of the graph


def places_in(value: Any, path: Place = ()) -> Iterator[Place]:
    yield path
    for key, item in value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ():
        yield from places_in(item, (*path, key))


def damaged(document: dict[str, Any], random: Random) -> None:
    """A few values replaced, deleted or copied over others."""
    for _ in range(random.randint(1, 3)):
        *path, last = random.choice(list(places_in(document))[1:])
        holder: Any = document
        for part in path:
            holder = holder[part]
        if random.random() < 0.3:
            del holder[last]
        elif random.random() < 0.5:
            other = random.choice(list(places_in(document)))
            value: Any = document
            for part in other:
                value = value[part]
            holder[last] = json.loads(json.dumps(value))
        else:
            holder[last] = random.choice([None, "", " ", 0, 1.5, True, [], {}, "x", "a#b#c", [None], [[]], {"type": "LOOP"}, "{{x}}", "ELSE"])


@pytest.mark.parametrize("chunk", range(8))
def test_linter_and_sandbox_agree_on_damaged_graphs(chunk: int) -> None:
    for seed in range(60):
        made = Generator(f"damaged {chunk} {seed}")
        damaged(made.document, made.random)
        findings, refusal = both(json.dumps(made.document, indent=1))
        assert any(finding.rule in REFUSED for finding in findings) == bool(refusal), (findings, refusal)
