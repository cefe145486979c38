"""The lexer: expression text to tokens, which are names, numbers, quoted texts and signs (docs/contracts/meingpt.md, "Expressions").

Each token that is not `odd` means the same in JavaScript. What is `odd` may be JavaScript too: deployer/lint/expression/javascript.py knows.
"""

from __future__ import annotations

import re

from deployer.lint.expression.nodes import Token

TYPE_CHECKING = False
if TYPE_CHECKING:
    from deployer.lint.expression.nodes import TokenKind

OPERAND_START, OPERAND = "\ue001", "\ue000"
"""Replace the first and each other character of a `{{…}}` inside a condition: private-use characters, so that offsets stay the same."""

_SIGNS = r"&&|\|\||[=!]=(?!=)|[<>]=?|[-+*/%!?:.,()\[\]]"
_ODD = r"//|/\*|[=!]==|<<=?|>>>?=?|\*\*=?|&&=|\|\|=|\?\?=?|[-+*/%&|^]=|\?\.(?!\d)|=>|\+\+|--|\.\.\.|\.?\d[\w.$]*"
_SPACE = r"(?:[^\S\x1c-\x1f\x85]|\ufeff)+"  # JavaScript's, said with Python's: a list of them takes long to compile
_ESCAPES = r"\\['\"\\nrtbfv]"
# Linear: no alternative can match in two ways, and the end of a text is searched twice at most.
_TOKEN = re.compile(
    rf"""(?P<name>[^\W\d]\w*(?![\w$\\]))|(?P<number>(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?![\w.$\\]))"""
    rf"""|(?P<text>"[^"\\\n\r]*(?:{_ESCAPES}[^"\\\n\r]*)*"|'[^'\\\n\r]*(?:{_ESCAPES}[^'\\\n\r]*)*')"""
    rf"""|(?P<written>"[^"\\]*(?:\\[\s\S][^"\\]*)*"|'[^'\\]*(?:\\[\s\S][^'\\]*)*'|[\w$\\]*[$\\][\w$\\]*)"""
    rf"|(?P<operand>{OPERAND_START}{OPERAND}+)|(?P<space>{_SPACE})|(?P<odd>{_ODD})|(?P<sign>{_SIGNS})|(?P<rest>[\s\S])"
)
_KINDS: dict[str, TokenKind] = {"name": "name", "number": "number", "text": "text", "operand": "operand", "sign": "sign"}
_ESCAPED = {"n": "\n", "t": "\t", "r": "\r", "b": "\b", "f": "\f", "v": "\v"}

# Names with a meaning of their own in JavaScript (ECMAScript 2025).
# fmt: off
GLOBALS = frozenset((
    "AggregateError", "Array", "ArrayBuffer", "Atomics", "BigInt", "BigInt64Array", "BigUint64Array", "Boolean", "DataView", "Date",
    "Error", "EvalError", "FinalizationRegistry", "Float32Array", "Float64Array", "Function", "Infinity", "Int16Array", "Int32Array",
    "Int8Array", "Intl", "Iterator", "JSON", "Map", "Math", "NaN", "Number", "Object", "Promise", "Proxy", "RangeError", "ReferenceError",
    "Reflect", "RegExp", "Set", "SharedArrayBuffer", "String", "Symbol", "SyntaxError", "TypeError", "URIError", "Uint16Array",
    "Uint32Array", "Uint8Array", "Uint8ClampedArray", "WeakMap", "WeakRef", "WeakSet", "console", "decodeURI", "decodeURIComponent",
    "encodeURI", "encodeURIComponent", "escape", "eval", "globalThis", "isFinite", "isNaN", "parseFloat", "parseInt", "undefined",
    "unescape",
))
"""Values that JavaScript itself defines."""

RESERVED_WORDS = frozenset((
    "await", "break", "case", "catch", "class", "const", "continue", "debugger", "default", "delete", "do", "else", "enum", "export",
    "extends", "finally", "for", "function", "if", "implements", "import", "in", "instanceof", "interface", "let", "new", "package",
    "private", "protected", "public", "return", "static", "super", "switch", "this", "throw", "try", "typeof", "var", "void", "while",
    "with", "yield",
))
"""No names of values, in a module. A step may have such an id."""
# fmt: on


def tokenize(text: str) -> list[Token]:
    """The tokens of an expression up to the first that is `odd`, and one of kind `end`."""
    tokens: list[Token] = []
    for match in _TOKEN.finditer(text):
        group = match.lastgroup or ""
        if group == "space":
            continue
        kind = _KINDS.get(group, "odd")
        if kind == "name" and not match[0].isidentifier():  # such as `²`
            kind = "odd"
        tokens.append(Token(kind, match[0], match.start(), match.end()))
        if kind == "odd":
            break
    tokens.append(Token("end", "", len(text), len(text)))
    return tokens


def unquote(text: str) -> str:
    """The value of a text token: without its quotes, and with its escapes resolved."""
    inner = text[1:-1]
    if "\\" not in inner:
        return inner
    return re.sub(r"\\([\s\S])", lambda match: _ESCAPED.get(match[1], match[1]), inner)
