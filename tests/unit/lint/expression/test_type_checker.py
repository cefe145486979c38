"""Expressions against a scope: names and types. What is not known is never wrong."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from deployer.lint.expression.template import parse_condition, parse_parts
from deployer.lint.expression.type_checker import KnownValue, Scope, check_expression
from deployer.lint.workflow.step_types import ROOTS

VARIABLES = {"team": "sales", "count": 3, "list": [1], "deep": {"er": True}, "open": "{{input.x}}"}
SCOPE = Scope({"fetch": [0], "sum_up": [1], "my-step": [2]}, VARIABLES, in_loop=False, whole=True)
quick = settings(max_examples=300, derandomize=True, database=None, deadline=None)


def problems(expression: str, scope: Scope = SCOPE) -> list[tuple[str, str]]:
    """(rule, the words it points at) for one expression in braces."""
    (part,) = parse_parts(f"{{{{{expression}}}}}")
    return [(problem.rule, part.text[problem.start : problem.end]) for problem in check_expression(part, scope).problems]


@pytest.mark.parametrize(
    "expression",
    [
        "input.x.y[0].z.length", "fetch.output", "fetch.output.a[1].b + 1", "fetch.status", "secrets.key", "env.HOME", "response.data.user.email",
        "variables.team + '!'", "variables.count - 1", "variables.list.length > 0", "variables.deep.er", "variables.open.what.ever - 1",
        "variables", "variables['team']", "variables[input.name]", "input.a - input.b * secrets.c", "fetch.output < 'x'", "'a' + 1",
        "my-step.output", "input.x ? 'a' : 1", "null == 1", "!'text'", "variables.team[0]", "variables.team.length - 1", "(input.a || 1) - 1",
    ],
)  # fmt: skip
def test_valid_expression_has_no_problem(expression: str) -> None:
    assert problems(expression) == []


@pytest.mark.parametrize(
    ("expression", "rule", "words"),
    [
        ("inputs.x", "reference-unknown", "inputs"),
        ("fetsh.output", "reference-step", "fetsh"),
        ("fetsh.status", "reference-unknown", "fetsh"),
        ("elsewhere.output", "reference-unknown", "elsewhere"),
        ("variables.taem.length - 1", "reference-variable", "taem"),
        ("variables['taem']", "reference-variable", "'taem'"),
        ("variables.deep.est", "reference-variable", "est"),
        ("item.x", "reference-item", "item"),
        ("variables.team - 1", "expression-type", "-"),
        ("variables.count.length", "expression-type", "length"),
        ("-'a'", "expression-type", "-"),
        ("1 < 'a'", "expression-type", "<"),
        ("true[0]", "expression-type", "["),
        ("(1 + 1).x", "expression-type", "x"),
        ("(1 > 2) * 2", "expression-type", "*"),
        ("(input.a ? 'x' : 'y') / 2", "expression-type", "/"),
        ("a b", "expression-syntax", "b"),
        ("input.a | b", "expression-unproven", "|"),
        ("undefined", "expression-unproven", "undefined"),
        ("class.output", "expression-syntax", "class"),
    ],
)
def test_one_mistake_gives_one_problem(expression: str, rule: str, words: str) -> None:
    assert problems(expression) == [(rule, words)]


def test_unreadable_steps_and_variables_allow_any_name() -> None:
    unknown = Scope({}, None, in_loop=True, whole=False)
    assert problems("nothing.output + variables.nothing + item.x", unknown) == []


@pytest.mark.parametrize(("name", "steps"), [("item", []), ("input", []), ("response", ["response"])])
def test_name_of_a_root_and_a_step_is_accepted_as_either(name: str, steps: list[str]) -> None:
    (part,) = parse_parts(f"{{{{{name}.output}}}}")
    result = check_expression(part, Scope({name: [0]}, {}, in_loop=False, whole=True))
    assert (result.problems, [node.value for node in result.steps]) == ((), steps)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("{{step.output.score}} > 0.8", []),
        ("{{a.output}} == 'high' && !({{b.output}} != \"low\")", []),
        ("'{{a.output}}' == 'high'", []),
        ("{{ a.output == 'high' }}", []),
        ("true", []),
        ("", []),
        ("{{a.output}} == high", [("condition-words", "high")]),
        ("input.x.y == 'a'", [("condition-words", "input.x.y")]),
        ("{{a.output}} {{b.output}}", [("expression-syntax", "{{b.output}}")]),
        ("{{a.output}} ==", [("expression-syntax", "==")]),
        ("{{a.output +}} == high", [("expression-syntax", "+")]),
        ("{{a.output", [("expression-syntax", "{{")]),
        ("{{1}} > 'a'", [("expression-type", ">")]),
    ],
)
def test_problems_of_conditions(text: str, expected: list[tuple[str, str]]) -> None:
    scope = Scope({"a": [0], "b": [1], "step": [2]}, {}, in_loop=False, whole=True)
    operands: dict[int, KnownValue] = {}
    found = []
    for part in parse_condition(text):
        result = check_expression(part, scope, operands)
        operands[part.start - 2] = result.value
        found += [(problem.rule, text[part.start + problem.start : part.start + problem.end]) for problem in result.problems]
    assert found == expected


@quick
@given(st.text(max_size=60), st.booleans())
def test_any_text_between_braces_gives_problems_inside_it(text: str, whole: bool) -> None:
    value = f"before {{{{{text}}}}} after"
    for part in (*parse_parts(value), *parse_condition(value)):
        for complaint in check_expression(part, SCOPE._replace(whole=whole)).problems:
            assert complaint.message.isprintable()
            assert complaint.fix
            assert 0 <= complaint.start <= complaint.end <= len(part.text)


unknown_values = st.sampled_from([f"{root}.x" for root in ROOTS if root not in ("item", "variables")] + ["fetch.output", "fetch.output.a[0]"])
operators = st.sampled_from(["+", "-", "*", "/", "%", "<", ">", "==", "!=", "&&", "||", "<=", ">="])


@quick
@given(unknown_values, operators, unknown_values | st.sampled_from(["1"]), st.sampled_from(["", ".length", "[0]", "['a']", "[input.n]"]))
def test_unknown_value_is_never_wrong(left: str, operator: str, right: str, access: str) -> None:
    assert problems(f"{left}{access} {operator} {right}") == []
