"""What changes inside a workflow, as lines: limits, one-line summaries, and secrets that somebody wrote into a definition."""

from typing import Any

import pytest

from deployer.model.difference import NO_VALUE, Difference, DrawnEdge, DrawnGraph, DrawnNode, FieldDifference, PartDifference
from deployer.model.report import Report
from deployer.model.secret import Redactor, Secret
from deployer.render.diff_text import around, diff_lines, lines, summary
from deployer.render.redact import redacted
from deployer.render.registry import FORMATS

KEY = "sandbox-workflow-quite-secret"


def step(name: str, change: Any = "changed", **fields: tuple[Any, Any]) -> PartDifference:
    return PartDifference("step", name, "", "email", change, tuple(FieldDifference(path, *both) for path, both in fields.items()))


@pytest.mark.parametrize(
    ("difference", "said"),
    [
        (Difference(known=False), ""),
        (Difference(), "new"),
        (Difference("", (step("a", "added"), step("b", "added"))), "new, with 2 steps"),
        (Difference("X"), "nothing inside differs from X"),
        (Difference("X", (step("a", "moved"), step("b", "moved"))), "only the layout changed: 2 nodes moved, compared with X"),
        (
            Difference("X", (PartDifference("setting", "viewport", "viewport", "", "moved"),)),
            "only the layout changed: the viewport moved, compared with X",
        ),
        (Difference("X", (step("a", id=("a", "b")),)), "1 step has another id, and is as before, compared with X"),
        (Difference("X", (step("a", id=("a", "b")), step("b", "moved"))), "1 step has another id, and is as before, 1 node moved, compared with X"),
        (Difference("X", (step("a"), step("b", "removed"), step("c"), step("d", "moved"))), "1 removed, 2 changed, compared with X"),
    ],
)
def test_in_one_line(difference: Difference, said: str) -> None:
    assert summary(difference) == said
    if not difference.parts or difference.layout_only:
        assert lines(difference, 9) == (() if not said else (said,))


@pytest.mark.parametrize("most", [2, 5, 10, 30, 1000])
def test_no_more_lines_than_that(most: int) -> None:
    many = Difference("X", tuple(step(f"s{number}", a=(1, 2), b=(1, 2)) for number in range(100)))
    said = lines(many, most)
    assert said[:2] == ("compared with X:", "~ step s0 (email)")
    assert len(said) <= max(most + 1, 5)
    shown = sum(line.startswith("~") for line in said)
    assert shown == 100 or said[-1] == f"  … and {100 - shown} more changes"


def test_fields_of_one_part_are_counted_too() -> None:
    said = lines(Difference("X", (step("a", **{f"f{number}": (1, 2) for number in range(20)}),)), 100)
    assert (len(said), said[-1]) == (11, "    … and 12 more fields")


def test_as_a_diff() -> None:
    parts = (step("a", to=("x", "y"), cc=(NO_VALUE, "z"), key=("***", "***")), step("b", "removed"))
    assert diff_lines(Difference("X", parts), 99) == (
        "! step a (email)", '-     to: "x"', '+     to: "y"', '+     cc: "z"', "      key: *** (changed, and not shown)", "- step b (email)",
    )  # fmt: skip


@pytest.mark.parametrize(("before", "after"), [("a" * 400, "a" * 401), ("b" + "a" * 400, "a" * 400), ("a" * 300 + "x" + "a" * 300, "a" * 300 + "y")])
def test_both_sides_are_cut_at_one_place(before: str, after: str) -> None:
    one, other = around(before, after)
    assert one != other
    assert max(len(one), len(other)) <= 74
    assert one.startswith("…") == other.startswith("…")


def test_a_key_in_a_definition_is_in_no_rendering(outcome_of: Any) -> None:
    fields = (FieldDifference(f"headers.{KEY}", KEY, [{KEY: f"Bearer {KEY}"}]),)
    part = PartDifference("step", KEY, KEY, KEY, "changed", fields, (KEY,))
    graph = DrawnGraph((DrawnNode(KEY, KEY, KEY, "added", KEY),), (DrawnEdge(KEY, KEY, KEY),))
    report = Report(mode="plan", outcomes=(outcome_of("w", "import", None, difference=Difference(KEY, (part,), graph)),))
    clean = redacted(report, Redactor([Secret(KEY)]))
    assert all(KEY not in format_(clean) for format_ in FORMATS.values())
    assert clean.outcomes[0].change.difference == Difference(
        "***",
        (PartDifference("step", "***", "***", "***", "changed", (FieldDifference("headers.***", "***", [{"***": "Bearer ***"}]),), ("***",)),),
        DrawnGraph((DrawnNode("***", "***", "***", "added", "***"),), (DrawnEdge("***", "***", "***"),)),
    )
