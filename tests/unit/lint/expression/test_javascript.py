"""JavaScript that the page does not show: one warning for each expression, and the names that it reads."""

import time

import pytest

from deployer.lint.expression.parser import parse
from deployer.lint.expression.template import parse_condition, parse_parts
from deployer.lint.expression.type_checker import Scope, check_expression

SCOPE = Scope({"fetch": [0]}, {"team": "sales", "list": [1]}, in_loop=False, whole=True)


def problems(text: str) -> list[tuple[str, str]]:
    (part,) = parse_parts(f"{{{{{text}}}}}")
    assert part.text == text
    return [(problem.rule, part.text[problem.start : problem.end]) for problem in check_expression(part, SCOPE).problems]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("[1, input.a]", "["),
        ("{a: input.a, input}", "{"),
        ("input.payload.$oid", "$oid"),
        (".5 + input.a", ".5"),
        ("0x1F", "0x1F"),
        ("0b101", "0b101"),
        ("0o17", "0o17"),
        ("1e3", "1e3"),
        ("1_000", "1_000"),
        ("10n", "10n"),
        ("5.", "5."),
        ("input.a // why", "//"),
        ("input.a /* why */", "/*"),
        ("typeof input.a", "typeof"),
        ("typeof nothing", "typeof"),
        ("void 0", "void"),
        ("delete input.a", "delete"),
        ("'a' in input", "in"),
        ("input.a instanceof Array", "instanceof"),
        ("new Date()", "new"),
        ("2 ** 3", "**"),
        ("`a ${input.a}`", "`"),
        ("input.list.map(x => x.name)", "("),
        ("(a, {b, c: [d]}, ...e) => a + b + d + e", ","),
        ("x => { let y = x; return y }", "=>"),
        ("function f(n) { return n ? f(n - 1) : 0 }", "function"),
        ("[...input.list]", "["),
        ("input?.a?.[0]", "?."),
        ("input.a ?? 'b'", "??"),
        ("/^a}}'+$/.test(input.a)", "/"),
        ("input.a = 1", "="),
        ("(input.a, input.b)", ","),
        ("input.a & 1 | 2 ^ 3", "&"),
        ("~input.a", "~"),
        ("input.a << 2 >>> 1", "<<"),
        ("input.a === 'b'", "==="),
        ("Math.max(input.a, 2)", "("),
        (r"'\u{1F600}\x41'", r"'\u{1F600}\x41'"),
        ("'a\\\nb'", "'a\\\nb'"),
        ("variables.team.toUpperCase()", "("),
        ("variables.fresh = 1", "="),
        ("variables.team?.nothing", "?."),
        ("undefined", "undefined"),
        ("input.a | upper", "|"),
    ],
)
def test_expression_that_the_page_does_not_show_is_unproven_at_its_place(text: str, words: str) -> None:
    assert problems(text) == [("expression-unproven", words)]


@pytest.mark.parametrize(
    ("text", "rule", "words"),
    [
        ("[inputs.a]", "reference-unknown", "inputs"),
        ("input.list.map(x => x + y)", "reference-unknown", "y"),
        ("input.list.map(x => x).concat(x)", "reference-unknown", "x"),
        ("`${fetsh.output}`", "reference-step", "fetsh"),
        ("variables.taem.trim()", "reference-variable", "taem"),
        ("[variables['taem']]", "reference-variable", "'taem'"),
        ("[item.a]", "reference-item", "item"),
        ("input.a[inputs.b] ?? 1", "reference-unknown", "inputs"),
    ],
)
def test_names_that_are_not_bound_inside_are_checked(text: str, rule: str, words: str) -> None:
    assert (rule, words) in problems(text)
    assert [name for name, _ in problems(text)].count("expression-unproven") == 1
    assert len(problems(text)) == 2


def test_condition_with_javascript_around_its_operands_is_unproven() -> None:
    *_, outer = parse_condition("['a', 'b'].includes({{input.a}})")
    assert [problem.rule for problem in check_expression(outer, SCOPE).problems] == ["expression-unproven"]


@pytest.mark.parametrize("piece", ["(a=", "async(a=", "a=>", "`${", "/(?:a|", "{a:[", "a?.[", "new ", "x => {", "class{a(){"])
def test_hostile_expression_ends_in_time_with_a_problem(piece: str) -> None:
    start = time.process_time()
    assert parse((piece * 4000)[:4000])[1] is not None
    assert time.process_time() - start < 2
