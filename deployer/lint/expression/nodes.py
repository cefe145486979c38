"""Tokens, nodes and problems of expressions. All offsets are code points in the expression's text, ends exclusive."""

from __future__ import annotations

from deployer.model.named_tuple import NamedTuple

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Literal

    TokenKind = Literal["name", "number", "text", "sign", "operand", "odd", "end"]
    NodeKind = Literal["name", "member", "index", "literal", "operand", "unary", "binary", "ternary", "unproven"]


class Token(NamedTuple):
    """`text` is as written. An `operand` is a whole `{{…}}` in a condition; `odd` is what the page does not show."""

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
    | unproven | all before it | the problem: the expression is JavaScript, and the page does not show its like |

    `start` and `end` are those of the name, literal or operator alone; of `unproven` those of its problem.
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


class NotShownError(Exception):
    """The expression is not in the language of the page. It may be JavaScript all the same.

    `problem` is what to report if it is not. `token` is the first thing that the page does not show, `fix` what to do about it if it is
    JavaScript, `reached` the offset up to which the expression makes sense.
    """

    def __init__(self, problem: ExpressionProblem, token: Token, fix: str, reached: int) -> None:
        super().__init__(problem.message)
        self.problem = problem
        self.token = token
        self.fix = fix
        self.reached = reached
