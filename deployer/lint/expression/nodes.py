"""Tokens, nodes and problems of expressions. All offsets are code points in the expression's text, ends exclusive."""

from typing import Any, Literal, NamedTuple

TokenKind = Literal["name", "number", "text", "sign", "operand", "odd", "end"]
NodeKind = Literal["name", "member", "index", "literal", "operand", "unary", "binary", "ternary"]


class Token(NamedTuple):
    """`text` is as written. An `operand` is a whole `{{…}}` in a condition; `odd` is a sign that the page does not show."""

    kind: TokenKind
    text: str
    start: int
    end: int


class ExpressionNode(NamedTuple):
    """One step of an expression in postfix order: operands come before their operator, so that no reader needs recursion.

    | kind | takes | value |
    |---|---|---|
    | name, operand | nothing | the name; the operand's text |
    | literal | nothing | the value itself |
    | member | 1 | the member's name |
    | index | 2 | the `[` |
    | unary, binary | 1, 2 | the operator |
    | ternary | 3 | the `?` |

    `start` and `end` are those of the name, literal or operator alone.
    """

    kind: NodeKind
    value: Any
    start: int
    end: int


class ExpressionProblem(NamedTuple):
    """A mistake in an expression. `rule` is the name of the rule that reports it."""

    rule: str
    message: str
    fix: str
    start: int
    end: int


class ExpressionSyntaxError(Exception):
    """The expression cannot be parsed further."""

    def __init__(self, problem: ExpressionProblem) -> None:
        super().__init__(problem.message)
        self.problem = problem
