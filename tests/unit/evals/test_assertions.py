"""Every expectation, with answers that will do and answers that will not: one file each under tests/data/evals.

A new case is a file and no code: `case` as in a suite, `passes` are answers, `fails` are answers with what was missed (what, expected, got).
"""

from pathlib import Path
from typing import Any

import pytest

from deployer.evals.assertions import find_misses
from deployer.evals.suite import Case
from deployer.formats.yaml import text
from deployer.model.evals import Answer
from deployer.schemas import text as schema_text

DATA = Path(__file__).parents[2] / "data" / "evals"
FILES = sorted(path.stem for path in DATA.glob("*.yml"))


def read(name: str) -> Any:
    data, troubles = text.parse((DATA / f"{name}.yml").read_text("utf-8"))
    assert troubles == ()
    return data


def rows(kind: str) -> list[Any]:
    return [pytest.param(name, each, id=f"{name}-{place}") for name in FILES for place, each in enumerate(read(name)[kind])]


def case_of(name: str) -> Case:
    return Case("a case", {}, **read(name)["case"])


@pytest.mark.parametrize(("name", "answer"), rows("passes"))
def test_these_will_do(name: str, answer: dict[str, Any]) -> None:
    assert find_misses(case_of(name), Answer(**answer)) == ()


@pytest.mark.parametrize(("name", "row"), rows("fails"))
def test_these_will_not(name: str, row: dict[str, Any]) -> None:
    assert [list(miss) for miss in find_misses(case_of(name), Answer(**row["answer"]))] == row["misses"]


def test_every_expectation_and_limit_has_both() -> None:
    import json

    schema = json.loads(schema_text("evals"))
    wanted = {*schema["$defs"]["expect"]["properties"], "within", "tokens", "cost"}
    for kind in ("passes", "fails"):
        shown = {key for name in FILES if read(name)[kind] for key in {**read(name)["case"].get("expect", {}), **read(name)["case"]}}
        assert wanted <= shown, kind


@pytest.mark.parametrize(
    ("schema", "output", "expected"),
    [
        ({"type": "nonsense"}, 1, "a JSON Schema"),
        ({"$ref": "file:///etc/hostname"}, 1, "a JSON Schema"),
        ({"type": "string"}, "half \ud800", "an output that a JSON Schema can be checked against"),
    ],
)
def test_a_schema_that_cannot_be_used(schema: Any, output: Any, expected: str) -> None:
    assert [(miss.matcher, miss.expected) for miss in find_misses(Case("a", {}, {"schema": schema}), Answer(output=output))] == [("schema", expected)]
