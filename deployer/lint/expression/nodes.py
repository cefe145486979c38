"""What lexer, parser and checker hand to one another. All offsets are code points in the text that was read, ends exclusive."""

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
    """One step of an expression in postfix order: operands come before what takes them, so nobody needs recursion.

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


class Mistake(NamedTuple):
    """Why an expression cannot be read. `unknown` when it may mean something that the page does not name, and is not plainly wrong."""

    message: str
    fix: str
    start: int
    end: int
    unknown: bool = False


class MistakeError(Exception):
    """Reading cannot go on."""

    def __init__(self, mistake: Mistake) -> None:
        super().__init__(mistake.message)
        self.mistake = mistake
