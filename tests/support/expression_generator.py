"""Random expressions of JavaScript, from a seed: those of the kind that meinGPT's page shows, others, and conditions that mix text and `{{…}}`.

Made from JavaScript's grammar, and so that no `{{` or `}}` occurs in one: it stands between such braces. Free names are those of a
workflow with the steps `first` and `second`, and with the variables `limit` and `team`. No code here is the linter's.
"""

from collections.abc import Callable
from random import Random
from typing import TypeVar

T = TypeVar("T")

PLACES = (
    "input.name",
    "input.größe",
    "input.items[0].name",
    "input.items.length",
    "first.output.score",
    "second.output",
    "env.MODE",
    "response.data.user",
)
CALLED = ("toUpperCase", "map", "filter", "at", "padStart")
PAGE_BINARY = ("+", "-", "*", "/", "%", "==", "!=", "<", "<=", ">", ">=", "&&", "||")
BINARY = (*PAGE_BINARY, "===", "!==", "&", "|", "^", "<<", ">>", ">>>", "in", "instanceof")
ASSIGNING = ("=", "+=", "-=", "**=", "&&=", "??=", ">>>=")
NUMBERS = ("0", "7", "12", "0.8", "1.5", "100", "42.50")
ODD_NUMBERS = (".5", "5.", "0x1F", "0b11", "0o17", "1_000", "10n", "0xFFn", "1e+9", "2.5E-2")
TEXTS = ("'high'", '"urgent"', "''", '" "', "'it\\'s'", '"a \\"b\\""', "'größe'", '"\\n"', '"{a: 1}"', "'a ? b : c'")
ODD_TEXTS = ("'\\u00e9'", "'\\x41\\u{1F600}'", '"line \\\n goes on"', "'\\0'", "`plain`", "`two\nlines`", "`\\``")
PATTERNS = ("/a+/", "/[/\\]]/gi", "/^\\d{2}$/u", "/=/.test('=')")
PARAMETERS = ("x", "(x)", "(x, y)", "(x, ...rest)", "({ x })", "([x] = [])", "async x", "()")


class ExpressionGenerator:
    """Expressions from one seed. `depth` is how many choices may still nest."""

    def __init__(self, seed: int | str) -> None:
        self.random = Random(seed)

    def page(self, depth: int = 3) -> str:
        """One of the kind that the page shows: members, indexes, arithmetic, comparisons, the ternary."""
        if depth and self._chance(0.2):
            test, value, other = (self.page(depth - 1) for _ in range(3))
            return f"{test} ? {value} : {other}"
        parts = [self._page_operand(depth)]
        while depth and self._chance(0.45):
            parts += [self._pick(PAGE_BINARY), self._page_operand(depth)]
        return self._spaced(parts)

    def _page_operand(self, depth: int) -> str:
        kinds: tuple[Callable[[], str], ...] = (
            lambda: self._pick(PLACES), lambda: self._pick(PLACES), lambda: self._pick(NUMBERS), lambda: self._pick(TEXTS),
            lambda: self._pick(("true", "false", "null", "variables.team")),
        )  # fmt: skip
        nested: tuple[Callable[[], str], ...] = (
            lambda: f"({self.page(depth - 1)})",
            lambda: f"!{self._page_operand(depth - 1)}",
            lambda: f"- {self._page_operand(depth - 1)}",
            lambda: f"input.items[{self.page(depth - 1)}]",
        )
        return self._one_of(*kinds, *kinds, *nested) if depth else self._one_of(*kinds)

    def whole(self, depth: int = 3) -> str:
        """Any expression of JavaScript."""
        if self._chance(0.06):
            return f"{self.assignment(depth)}, {self.assignment(depth)}"
        return self.assignment(depth)

    def assignment(self, depth: int) -> str:
        """What may stand as an argument: no comma outside brackets."""
        if not depth:
            return self._primary(0)
        kind = self.random.random()
        if kind < 0.07:
            return f"{self._pick(PARAMETERS)} => {self._body(depth - 1)}"
        if kind < 0.12:
            return f"{self._target(depth - 1)} {self._pick(ASSIGNING)} {self.assignment(depth - 1)}"
        test = self._coalescing(depth) if kind < 0.2 else self._binary(depth)
        return test if kind < 0.8 else f"{test} ? {self.assignment(depth - 1)} : {self.assignment(depth - 1)}"

    def _body(self, depth: int) -> str:
        body = self.assignment(depth)
        return self._pick((body if body[0].isalpha() else f"({body})", f"({body})", f"{{ return {body}; }}"))

    def _target(self, depth: int) -> str:
        return self._pick(("x", "variables.team", f"input.items[{self.assignment(depth)}]"))

    def _coalescing(self, depth: int) -> str:
        """`??` mixes with `&&` and `||` only in brackets."""
        return " ?? ".join(self._pick((self._unary(depth - 1), f"({self._binary(depth - 1)})")) for _ in range(self.random.randint(2, 3)))

    def _binary(self, depth: int) -> str:
        """Operators in any order make an expression: precedence decides about its tree alone."""
        parts = [self._unary(depth - 1)]
        while self._chance(0.4):
            parts += [self._pick(BINARY), self._unary(depth - 1)]
        return self._spaced(parts)

    def _unary(self, depth: int) -> str:
        if depth > 0 and self._chance(0.08):
            return f"{self._member(depth)} ** {self._unary(depth - 1)}"
        return self._prefixed(depth)

    def _prefixed(self, depth: int) -> str:
        """Without `**` of its own, before which JavaScript takes no sign."""
        kind = self.random.random()
        if depth <= 0 or kind < 0.75:
            return self._member(max(depth, 0))
        if kind < 0.8:
            return self._pick(("{}++", "--{}")).format(self._target(depth - 1))
        return f"{self._pick(('!', '!!', '-', '+', '~', 'typeof', 'void', 'delete'))} {self._prefixed(depth - 1)}"

    def _member(self, depth: int) -> str:
        """A value and what is read or called of it."""
        text = self._primary(depth)
        if text[0] in "0123456789./":  # a number, a pattern, or one of these behind a comment
            return text
        while depth and self._chance(0.4):
            text += self._access(depth - 1)
            depth -= 1
        return text

    def _access(self, depth: int) -> str:
        return self._one_of(
            lambda: f".{self._pick(('name', 'length', 'class', '$id', 'größe'))}",
            lambda: f"?.{self._pick(CALLED)}()",
            lambda: f"[{self.whole(depth)}]",
            lambda: f"?.[{self.assignment(depth)}]",
            lambda: f".{self._pick(CALLED)}({self._arguments(depth)})",
            lambda: f"({self._arguments(depth)})",
        )

    def _arguments(self, depth: int) -> str:
        listed = [self._pick(("", "", "", "...")) + self.assignment(depth) for _ in range(self.random.randint(0, 3))]
        return ", ".join(listed)

    def _primary(self, depth: int) -> str:
        simple = (*PLACES, *NUMBERS, *ODD_NUMBERS, *TEXTS, *ODD_TEXTS, *PATTERNS, "true", "null", "this", "undefined")
        if not depth or self._chance(0.6):
            return self._pick(simple)
        return self._one_of(
            lambda: f"({self.whole(depth - 1)})",
            lambda: f"[{self._items(depth - 1)}]",
            lambda: f"{{ {self._properties(depth - 1)} }}",
            lambda: f"`Dear ${{ {self.whole(depth - 1)} }}!`",
            lambda: f"new Date({self._arguments(depth - 1)})",
            lambda: f"(function (x) {{ return {self.whole(depth - 1)}; }})",
            lambda: f"({self._pick(PARAMETERS)} => {self._body(depth - 1)})",
            lambda: f"/* why */ {self._primary(depth - 1)}",
            lambda: f"class {{ get a() {{ return {self.assignment(depth - 1)}; }} }}",
            lambda: f"(async () => await {self._member(depth - 1)})",
            lambda: f"input.name`a${{ {self.whole(depth - 1)} }}`",
            lambda: f"import({self.assignment(depth - 1)})",
            lambda: f"(function* () {{ yield {self.assignment(depth - 1)}; yield* [1]; }})",
            lambda: f"class A extends Object {{ a = {self.assignment(depth - 1)}; #b; static {{ this.c = 1; }} }}",
            lambda: f"(function f() {{ if (f) return new.target; const a = {self.assignment(depth - 1)}; }})",
            lambda: "(() => { for (const x of [1]) try { x; } catch { throw x; } })",
        )

    def _items(self, depth: int) -> str:
        items = [self._pick(("", "", "...")) + self.assignment(depth) for _ in range(self.random.randint(0, 3))]
        return self._pick(("{}", "{},", ",{}") if items else ("{}",)).format(", ".join(items))

    def _properties(self, depth: int) -> str:
        keys = ("a", "'a b'", "7", "[input.name]", "class", "größe")
        properties = [f"{self._pick(keys)}: {self.assignment(depth)}" for _ in range(self.random.randint(0, 2))]
        extra = (
            "input",
            f"...{self._member(depth)}",
            f"call() {{ return {self.assignment(depth)}; }}",
            f"get a() {{ return {self.assignment(depth)}; }}",
        )
        return ", ".join([*properties, *(self._pick(extra) for _ in range(self.random.randint(0, 1)))])

    def condition(self, depth: int = 2) -> str:
        """A condition with operands in braces, and operators and literals outside them."""
        parts = [self._condition_operand(depth)]
        while self._chance(0.7):
            parts += [self._pick(PAGE_BINARY if self._chance(0.8) else BINARY), self._condition_operand(depth)]
        return self._spaced(parts) if "{{" in "".join(parts) else f"{{{{ {self.page(1)} }}}} > {self._pick(NUMBERS)}"

    def _condition_operand(self, depth: int) -> str:
        kind = self.random.random()
        if kind < 0.5:
            return f"{{{{{self._pick((' ', ''))}{self._inner(depth)} }}}}"
        if kind < 0.6 and depth:
            return self._pick(("({})", "!({})")).format(self.condition(depth - 1))
        return self._pick((*NUMBERS, *TEXTS[:8], "true", "null"))

    def _inner(self, depth: int) -> str:
        return self.page(depth) if self._chance(0.7) else f"({self.whole(depth)})"

    def _spaced(self, parts: list[str]) -> str:
        """Operands and operators in turn; now and then without the space before an operator, where nothing can run together."""
        text = parts[0]
        for operator, operand in zip(parts[1::2], parts[2::2]):
            touching = not operator[0].isalpha() and not text.endswith("/") and self._chance(0.2)
            text += f"{'' if touching else ' '}{operator} {operand}"
        return text

    def _one_of(self, *makers: Callable[[], str]) -> str:
        return self._pick(makers)()

    def _pick(self, choices: tuple[T, ...]) -> T:
        return self.random.choice(choices)

    def _chance(self, share: float) -> bool:
        return self.random.random() < share
