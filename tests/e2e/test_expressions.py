"""The linter's expressions against acorn, a parser of JavaScript: a thousand from a seed, valid and broken, alone and in conditions.

What acorn takes is no error of ours: at most a warning, since the page's list may not be complete. What it refuses has a finding. What only one
of JavaScript's two modes takes, such as `010` and `delete name`, may be either: the page does not state the mode.
"""

import json
import subprocess
from pathlib import Path
from typing import NamedTuple

import pytest
from expression_samples import BROKEN, Found, Sample, findings, forms, samples

PARSE = Path(__file__).parent / "javascript/parse.mjs"
SEEDS = (20, 21)


class Verdict(NamedTuple):
    """What both say of a sample: why acorn refuses it, sloppy and strict ("" where it does not), and our findings."""

    sample: Sample
    sloppy: str
    strict: str
    findings: list[Found]

    @property
    def taken(self) -> bool:
        return not self.sloppy and not self.strict

    @property
    def refused(self) -> bool:
        return bool(self.sloppy and self.strict)

    @property
    def errors(self) -> list[str]:
        return [found.rule for found in self.findings if found.severity == "error"]

    @property
    def is_silent(self) -> bool:
        """Nothing about the expression itself. What its names refer to is another question."""
        return not any(found.rule.startswith("expression-") for found in self.findings)


def refusals(packages: Path, texts: list[str]) -> list[tuple[str, str]]:
    """Why acorn refuses each text, sloppy and strict."""
    command = ["node", str(PARSE), str(packages)]
    done = subprocess.run(command, input=json.dumps(texts), capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr
    return [(sloppy, strict) for sloppy, strict in json.loads(done.stdout)]


@pytest.fixture(scope="module", params=SEEDS)
def verdicts(node_packages: Path, request: pytest.FixtureRequest) -> list[Verdict]:
    generated = samples(request.param)
    assert len(set(generated)) == 1000
    groups = [forms(sample) for sample in generated]
    answers = iter(refusals(node_packages, [form for group in groups for form in group]))
    return [Verdict(sample, *_first([next(answers) for _ in group]), findings(sample)) for sample, group in zip(generated, groups)]


def _first(answers: list[tuple[str, str]]) -> tuple[str, str]:
    """The first refusal in each mode."""
    sloppy, strict = zip(*answers)
    return next(filter(None, sloppy), ""), next(filter(None, strict), "")


def test_the_generated_ones_are_valid_and_the_broken_ones_are_not(verdicts: list[Verdict]) -> None:
    assert [verdict for verdict in verdicts if verdict.sample.made in ("page", "valid") and verdict.sloppy] == []
    assert [verdict.sample.text for verdict in verdicts if verdict.sample.made == "broken" and not verdict.refused] == []
    mutated = [verdict.refused for verdict in verdicts if verdict.sample.made == "mutated"]
    assert 0.5 < sum(mutated) / len(mutated) < 0.9
    assert sum(verdict.taken for verdict in verdicts) > 400
    assert sum(verdict.refused for verdict in verdicts) > len(BROKEN) + 150


def test_no_error_on_what_javascript_takes(verdicts: list[Verdict]) -> None:
    """Names of a mutated one may refer to nothing, which is an error of its own."""
    taken = [verdict for verdict in verdicts if verdict.taken]
    wrong = {verdict.sample.text: verdict.errors for verdict in taken if verdict.sample.made != "mutated" and verdict.errors}
    wrong |= {verdict.sample.text: verdict.errors for verdict in taken if "expression-syntax" in verdict.errors}
    assert wrong == {}


def test_no_silence_on_what_javascript_refuses(verdicts: list[Verdict]) -> None:
    assert {verdict.sample.text: verdict.sloppy for verdict in verdicts if verdict.refused and verdict.is_silent} == {}
