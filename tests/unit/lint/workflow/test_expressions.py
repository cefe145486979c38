"""What is decided without the parser: the patterns for simple expressions, and the references of texts that occurred before. The parser agrees."""

from itertools import product

import pytest

from deployer.lint.engine import load_rules
from deployer.lint.expression.analysis import ExpressionAnalysis
from deployer.lint.rule import Document
from deployer.lint.workflow.control_flow import read_control_flow
from deployer.lint.workflow.texts import read_templates
from deployer.model.workflow import Source

ROOTS = ("input", "inputs", "secrets", "env", "response", "item", "variables", "first", "last", "loop", "other")
MEMBERS = ("", ".a", ".output", ".output.a", ".team", ".team.length", ".count.length", ".gone")
RULES = ("expression-type", "condition-words", "reference-unknown", "reference-step", "reference-variable", "reference-item", "reference-order")


VARIABLES: tuple[object, ...] = (  # the same texts, with variables of other types in turn: what is kept of one file must not decide of another
    {"team": "sales", "count": 3}, {"team": 3, "count": "three"}, {"team": True, "count": None}, {"team": False, "count": 0},
    {"team": "{{input.a}}", "count": [1]}, {"team": {"length": 1}, "count": 1}, {"team": ["a"], "gone": 1}, ["team"], {},
)  # fmt: skip


def document(field: str, text: str, variables: object, *, in_loop: bool) -> Document:
    kind = "condition" if field == "condition" else "ai_completion"
    reader = {"id": "reader", "type": kind, "config": {field: text}}
    loop = {"id": "loop", "type": "loop", "config": {"items": "{{input.a}}", "steps": [reader]}}
    first, last = ({"id": name, "type": "ai_completion", "config": {"prompt": "x"}} for name in ("first", "last"))
    steps = [first, loop if in_loop else reader, last]
    definition = {"name": "a", "trigger": {"type": "webhook"}, "steps": steps, "variables": variables}
    return Document(Source("a.yaml", "meingpt", "workflow", b"", definition))


@pytest.mark.parametrize("in_loop", [False, True])
@pytest.mark.parametrize(
    ("field", "form"),
    [
        ("prompt", "a {{%s}} b"),
        ("prompt", "{{%s + 1}}"),
        ("prompt", "{{variables.team}} {{%s[0] || 'x'}}"),
        ("prompt", "{{-'x'}} {{%s}}"),
        ("condition", "{{%s}}"),
        ("condition", "{{%s}} == 'x'"),
        ("condition", "{{%s}} > 3"),
        ("condition", "{{%s}} > 3 && !{{input.a}}"),
        ("condition", "{{%s}} + 1"),
        ("condition", "{{variables.team}} == {{%s}}"),
        ("condition", "%s == {{input.a}}"),
    ],
)
def test_expressions_have_the_diagnostics_of_the_parser(field: str, form: str, in_loop: bool) -> None:
    for (root, member), variables in product(product(ROOTS, MEMBERS), VARIABLES):
        given = document(field, form % (root + member), variables, in_loop=in_loop)
        analysis = ExpressionAnalysis(given, read_control_flow(given))
        for text in read_templates(given):
            (analysis.check_condition if text.path[-1] == "condition" else analysis.check_text)(text)
        reported = {rule.name: list(rule.check(given)) for rule in load_rules("meingpt") if rule.name in RULES}
        assert {name: rows for name, rows in reported.items() if rows} == analysis.diagnostics, f"{root + member} {variables}"
