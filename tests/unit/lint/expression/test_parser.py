"""Tokens to nodes in postfix order; each expected tree is written out in full parentheses."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from deployer.lint.expression.parser import MAX_DEPTH, parse

quick = settings(max_examples=300, derandomize=True, database=None, deadline=None)


def shape(text: str) -> str:
    nodes, mistake = parse(text)
    assert mistake is None, mistake
    stack: list[str] = []
    for node in nodes:
        if node.kind in ("name", "literal"):
            stack.append(str(node.value))
        elif node.kind == "member":
            stack.append(f"{stack.pop()}.{node.value}")
        elif node.kind == "unary":
            stack.append(f"({node.value}{stack.pop()})")
        elif node.kind == "ternary":
            no, yes, test = stack.pop(), stack.pop(), stack.pop()
            stack.append(f"({test} ? {yes} : {no})")
        else:
            right, left = stack.pop(), stack.pop()
            stack.append(f"{left}[{right}]" if node.kind == "index" else f"({left} {node.value} {right})")
    assert len(stack) == 1
    return stack[0]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("step1.output.count + step2.output.count", "(step1.output.count + step2.output.count)"),
        ('input.first_name + " " + input.last_name', "((input.first_name +  ) + input.last_name)"),
        ('input.priority == "high" ? "urgent" : "normal"', "((input.priority == high) ? urgent : normal)"),
        ("input.items.length", "input.items.length"),
        ("input.items[0].name", "input.items[0.0].name"),
        ("a + b * c - d", "((a + (b * c)) - d)"),
        ("a * (b + c)", "(a * (b + c))"),
        ("a || b && c == d < e + f % g", "(a || (b && (c == (d < (e + (f % g))))))"),
        ("!a && -b.c > - -1", "((!a) && ((-b.c) > (-(-1.0))))"),
        ("a ? b : c ? d : e", "(a ? b : (c ? d : e))"),
        ("a ? b ? c : d : e", "(a ? (b ? c : d) : e)"),
        ("(a ? b : c) + d", "((a ? b : c) + d)"),
        ("a[b[c + 1]]['d']", "a[b[(c + 1.0)]][d]"),
        ("true == false != null", "((True == False) != None)"),
        ("not + is", "(not + is)"),
    ],
)
def test_operator_precedence(text: str, expected: str) -> None:
    assert shape(text) == expected


@pytest.mark.parametrize("text", ["(" * 50_000 + "a", "!" * 50_000 + "(", "a[" * 50_000, "a?" * 50_000, "a ? b : " * 50_000 + "c"])
def test_deep_nesting_is_a_syntax_problem(text: str) -> None:
    nodes, problem = parse(text)
    assert nodes == ()
    assert problem is not None
    assert problem.rule == "expression-syntax"


def test_nesting_up_to_the_limit() -> None:
    deepest = MAX_DEPTH - 1
    assert shape("(" * deepest + "a" + ")" * deepest) == "a"
    assert parse("(" * MAX_DEPTH + "a" + ")" * MAX_DEPTH)[1] is not None


@pytest.mark.parametrize("text", ["a" + " + a" * 20_000, "a" + ".a" * 20_000, "a" + "[0]" * 20_000, "-" * 20_000 + "a"])
def test_long_expression_is_not_nested(text: str) -> None:
    nodes, mistake = parse(text)
    assert mistake is None
    assert len(nodes) > 20_000


@quick
@given(
    st.text(max_size=50)
    | st.lists(st.sampled_from(["a", ".", "[", "]", "(", ")", "?", ":", "'x'", '"', "+", "!", "1", " and ", "==", "=", "|"])).map("".join)
)
def test_any_text_gives_nodes_or_one_problem_inside(text: str) -> None:
    nodes, mistake = parse(text)
    assert bool(nodes) != bool(mistake)
    if mistake:
        assert mistake.message
        assert mistake.fix
        assert 0 <= mistake.start <= mistake.end <= len(text)


atoms = st.sampled_from(["a", "input.x", "b[0]", "'t'", "1", "true"])
trees = st.recursive(
    atoms,
    lambda inner: st.one_of(
        st.tuples(inner, st.sampled_from(["+", "-", "*", "/", "%", "==", "!=", "<", "<=", ">", ">=", "&&", "||"]), inner).map(" ".join),
        st.tuples(st.sampled_from("!-"), inner).map(lambda pair: f"{pair[0]}({pair[1]})"),
        st.tuples(inner, inner, inner).map(lambda three: f"({three[0]} ? {three[1]} : {three[2]})"),
        inner.map(lambda one: f"({one})"),
        inner.map(lambda one: f"c[{one}].d"),
    ),
    max_leaves=12,
)


@quick
@given(trees)
def test_every_expression_of_the_language_is_parsed(text: str) -> None:
    assert shape(text)
