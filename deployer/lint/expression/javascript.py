"""JavaScript that the page does not show: whether an expression is JavaScript, and which names it reads. For parser.py alone, when its own
language does not fit: the library behind it takes as long to import as a thousand usual expressions take to parse.

The library (esprima-fork) reads scripts and modules, so the expression becomes the index in `x[…]`. Nothing else has that form: an
expression that closes the bracket itself gives another one.
"""

import re
from collections.abc import Iterator
from typing import Any

import esprima

from deployer.formats.marks import CLOSING, open_brackets
from deployer.formats.quoting import shown
from deployer.lint.expression.lexer import OPERAND, OPERAND_START
from deployer.lint.expression.nodes import ExpressionNode, ExpressionProblem, NotShownError

MAX_CHARS = 4000
"""Of an expression that is parsed as JavaScript: 30 ms."""

_BEFORE, _AFTER = "x[", "\n]"  # the line's end also ends a comment
_PIECE = r"""(?s)'[^'\\]*(?:\\.[^'\\]*)*'|"[^"\\]*(?:\\.[^"\\]*)*"|`[^`\\]*(?:\\.[^`\\]*)*`|[()\[\]{}]"""  # texts, and brackets
_FUNCTIONS = ("ArrowFunctionExpression", "FunctionExpression", "FunctionDeclaration")
_BINDING = {**dict.fromkeys(_FUNCTIONS, ("id", "params")), "VariableDeclarator": ("id",), "CatchClause": ("param",)}
_BINDING |= dict.fromkeys(("ClassExpression", "ClassDeclaration"), ("id",))
_NAMED = ("Property", "MethodDefinition", "PropertyDefinition", "MemberExpression")
_LABELLED = ("LabeledStatement", "BreakStatement", "ContinueStatement", "MetaProperty")

_NAMES = {"(": "calls, `name(…)`,", "`": "text in backquotes"}

Nodes = tuple[ExpressionNode, ...]


def parse_javascript(text: str, error: NotShownError) -> tuple[Nodes, ExpressionProblem | None]:
    """The references of an expression that is JavaScript, with a node `unproven` after them; or why it is none."""
    token = error.token
    what = _NAMES.get(token.text) or shown(token.text)
    message = f"The platform's page shows no {what} in expressions: it may not work."
    unproven = ExpressionProblem("expression-unproven", message, error.fix, token.start, token.end)
    if len(text) > MAX_CHARS:
        return (), unproven._replace(
            message=f"This expression has more than {MAX_CHARS} characters, and is not checked.", fix="Compute parts of it in steps."
        )
    source = f"{_BEFORE}{_named_operands(text)}{_AFTER}"
    try:
        index = _index_of(esprima.parseModule(source, range=True, positionEncoding="scalar"))
        if index is None:
            return (), error.problem
        references = sorted(_iter_references(index, source), key=lambda nodes: nodes[0].start)
    except esprima.Error as refusal:
        if "resource limit" in refusal.message:
            return (), unproven._replace(message="This expression is nested too deeply to be checked.", fix="Compute parts of it in steps.")
        return (), _explain(text, error, refusal)
    except AssertionError:  # the library's answer to an empty `${}`
        return (), error.problem
    last = ExpressionNode("unproven", unproven, token.start, token.end)
    return (*(node for nodes in references for node in nodes if text[nodes[0].start] != OPERAND), last), None


def _named_operands(text: str) -> str:
    """The text with each operand as a name of its own, between spaces: what stands next to it is no part of that name."""
    return re.sub(f"{OPERAND_START}{OPERAND}+", lambda match: f" {'_' * (len(match[0]) - 2)} ", text)


def _explain(text: str, error: NotShownError, refusal: Any) -> ExpressionProblem:
    """The problem that parser.py found, if JavaScript came no further, else JavaScript's."""
    start = min(refusal.index - len(_BEFORE), len(text))
    start -= text[start : start + 1] == OPERAND  # its name begins after a space
    if start <= error.reached:
        return error.problem
    end = len(text.rstrip())
    start = min(start, end - 1)
    ends_early = refusal.message.endswith(f"token {_AFTER[-1]}") and text[start] != _AFTER[-1]
    openers = open_brackets(text, _PIECE) if ends_early or refusal.message.lower().endswith("unexpected end of input") else ()
    if openers:
        sign = text[openers[-1]]
        return ExpressionProblem("expression-syntax", f"This `{sign}` is not closed.", f"Add the `{CLOSING[sign]}`.", openers[-1], openers[-1] + 1)
    if ends_early:
        message = "The expression ends too early: something is not closed, or a value is missing."
        return ExpressionProblem("expression-syntax", message, "Close it, or add the value.", end - 1, end)
    words = "".join([character for character in refusal.message[:100] if character.isprintable()])
    words = re.sub(r"^Line \d+: ", "", words).rstrip(".")
    return ExpressionProblem(
        "expression-syntax",
        f"This is no JavaScript: {words[:1].lower()}{words[1:]}.",
        "Correct it, or compute the value in a step.",
        start,
        start + 1,
    )


def _index_of(tree: Any) -> Any:
    """The expression in `x[…]`; None when the source has another form."""
    statement = tree.body[0]
    member = statement.expression if len(tree.body) == 1 and statement.type == "ExpressionStatement" else None
    if member is None or member.type != "MemberExpression" or member.object.range[1] != 1:
        return None
    return member.property


def _iter_references(index: Any, source: str) -> Iterator[Nodes]:
    """Each name that is not bound inside the expression, with the members that follow it. No recursion: the tree may be deep."""
    stack: list[tuple[Any, frozenset[str], bool]] = [(index, frozenset(), False)]
    while stack:
        node, bound, called = stack.pop()
        if node.type in _FUNCTIONS or node.type == "ClassExpression":
            bound |= _names_bound_in(node)
            _refuse_parentheses(node, source)
        if node.type in ("Identifier", "MemberExpression"):
            nodes, rest = _read_chain(node, called=called)
            if nodes and nodes[0].value not in bound:
                yield nodes
            stack += [(child, bound, False) for child in rest]
        else:
            stack += [(child, bound, key in ("callee", "tag") or _is_assigned(node, key)) for key, child in _iter_children(node)]


def _refuse_parentheses(function: Any, source: str) -> None:
    """Raises esprima.Error for `async ((a)) => a`, which the library takes."""
    last, allowed = function.range[0], 1
    for parameter in function.params if function.type == "ArrowFunctionExpression" and function.isAsync else ():
        if source.count("(", last, parameter.range[0]) > allowed:
            raise esprima.Error("A parameter stands in parentheses", index=last)
        last, allowed = parameter.range[1], 0


def _iter_children(node: Any) -> Iterator[tuple[str, Any]]:
    """The parts of a node that are not mere names, by their key. In `typeof name` the name may be of nothing; `a | name` is a filter elsewhere."""
    for key, value in node.items():
        if (key in ("label", "meta") and node.type in _LABELLED) or (key == "key" and node.type in _NAMED and not node.computed):
            continue
        if node.type == "MetaProperty" or (key == "argument" and node.type == "UnaryExpression" and node.operator == "typeof" and _is_name(value)):
            continue
        if key == "right" and node.type == "BinaryExpression" and node.operator == "|" and _is_name(value):
            continue
        for child in value if isinstance(value, list) else (value,):
            if isinstance(child, esprima.nodes.Node) and child.type:
                yield key, child


def _is_name(node: Any) -> bool:
    return bool(node.type == "Identifier")


def _is_assigned(node: Any, key: str) -> bool:
    return key == "left" and node.type == "AssignmentExpression" and node.operator == "="


def _read_chain(node: Any, *, called: bool) -> tuple[Nodes, list[Any]]:
    """The nodes of `name.member['member']…`, () when it begins with no name, and the parts of the chain that are expressions of their own.

    `called`: the last member is a method, or assigned to: no value that is read. Members after a `?.` may be missing.
    """
    members = []
    rest = []
    while node.type == "MemberExpression":
        members.append(node)
        if node.computed:
            rest.append(node.property)
        node = node.object
    if node.type != "Identifier":
        return (), [*rest, node]
    nodes = [_node("name", node.name, node)]
    for member in reversed(members[called:]):
        key = member.property
        if member.optional or (member.computed and not (key.type == "Literal" and isinstance(key.value, str))):
            break
        nodes += [_node("literal", key.value, key), _node("index", "[", key)] if member.computed else [_node("member", key.name, key)]
    return tuple(nodes), rest


def _node(kind: Any, value: object, node: Any) -> ExpressionNode:
    start, end = node.range
    return ExpressionNode(kind, value, start - len(_BEFORE), end - len(_BEFORE))


def _names_bound_in(function: Any) -> frozenset[str]:
    """The names of parameters, variables, functions and classes in a function, those of inner functions too, and `arguments`."""
    names = {"arguments"}
    stack = [(function, False)]
    while stack:
        node, in_pattern = stack.pop()
        if in_pattern and node.type == "Identifier":
            names.add(node.name)
        binding = _BINDING.get(node.type, ())
        is_default = node.type == "AssignmentPattern"
        stack += [(child, key in binding or (in_pattern and not (is_default and key == "right"))) for key, child in _iter_children(node)]
    return frozenset(names)
