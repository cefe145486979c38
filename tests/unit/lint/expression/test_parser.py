"""Tokens to nodes in postfix order; each expected tree is written out in full parentheses."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from deployer.lint.expression.parser import MAX_DEPTH, parse
from deployer.lint.expression.template import TemplatePart
from deployer.lint.expression.type_checker import Scope, check_expression

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
def test_deep_nesting_is_a_problem(text: str) -> None:
    nodes, problem = parse(text)
    assert nodes == ()
    assert problem is not None
    assert problem.rule == "expression-unproven"
    assert "is not checked" in problem.message


@pytest.mark.parametrize(
    "text",
    [
        "(" * 2000,
        "~" * 3000 + "a",
        "[" * 1900 + "]" * 1900,
        "a=>" * 1300 + "a",
        "a[" * 1900,
        "a ? b : " * 400 + "c",
        "{a:" * 900,
        "(a=" * 900,
        "`${" * 900,
        "[1].a" + "+a" * 1900,
    ],
)
def test_nesting_below_the_limit_of_characters_is_a_problem_too(text: str) -> None:
    nodes, problem = parse(text)
    assert nodes == ()
    assert problem is not None
    assert "nested too deeply" in problem.message


def test_nesting_up_to_the_limit() -> None:
    deepest = MAX_DEPTH - 1
    assert shape("(" * deepest + "a" + ")" * deepest) == "a"
    assert parse("(" * MAX_DEPTH + "a" + ")" * MAX_DEPTH)[1] is not None


@pytest.mark.parametrize("text", ["a" + " + a" * 20_000, "a" + ".a" * 20_000, "a" + "[0]" * 20_000, "- " * 20_000 + "a"])
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


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("input.a +", "+"),
        ("* 2", "*"),
        ("input.a.", "."),
        ("(input.a", "("),
        ("input.a[0", "["),
        ("it's", "'"),
        ("input.a)", ")"),
        ("input.first name", "name"),
        ("input.a ? 1", "?"),
        ("input.a : 1", ":"),
        ("input.a; 1", ";"),
        ("input.a and input.b", "and"),
        ("not input.a", "not"),
        ("input.a contains 'b'", "contains"),
        ("input.items.0", ".0"),
        ("#if input.a", "#"),
        ("/if", "/"),
        ("@x", "@"),
        ("01", "01"),
        ("09.5", "09.5"),
        ("1.x", "1.x"),
        ("3in 1", "3in"),
        ("'a\nb'", "'a\nb'"),
        (r"'\1'", r"'\1'"),
        ("a--b", "b"),
        ("class", "class"),
        ("1 + if", "if"),
        ("[1, 2", "["),
        ("fn({a: 1", "{"),
        ("fn('(' + a", "("),
        ("items.map(x => `}${x.y}`", "("),
        ("[a b]", "b"),
        ("-a ** b", "**"),
        ("a ?? b || c", "c"),
        ("x => {", "{"),
        ("`${a", "a"),
        ("`${}`", "`"),
        ("a] + [b", "]"),
        ("async((a)) => a", "("),
        ("/[/", "/"),
    ],
)
def test_what_no_parser_of_javascript_takes_is_a_syntax_problem_at_its_place(text: str, words: str) -> None:
    nodes, problem = parse(text)
    if problem is None:
        part = TemplatePart(0, text, nodes, None)
        (problem,) = check_expression(part, Scope({}, {}, in_loop=False, whole=True)).problems
    assert problem.rule == "expression-syntax"
    assert text[problem.start : problem.end] == words


@quick
@given(trees)
def test_every_expression_of_the_language_is_parsed(text: str) -> None:
    assert shape(text)
