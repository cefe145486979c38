"""Expressions to hold the linter against: generated ones, the same with a mistake, broken ones by hand; and what the linter finds in each."""

import copy
import json
import re
from pathlib import Path
from random import Random
from typing import Any, Literal, NamedTuple

from expression_generator import ASSIGNING, BINARY, ExpressionGenerator

from deployer.lint.engine import load_rules
from deployer.lint.rule import Document
from deployer.model.choices import Severity
from deployer.model.workflow import Source

DEFINITION: dict[str, Any] = {
    "name": "Generated",
    "trigger": {"type": "webhook"},
    "steps": [{"id": name, "type": "ai_completion", "config": {"prompt": "x"}} for name in ("first", "second")],
    "variables": {"limit": 50, "team": "sales"},
}
_DATA = Path(__file__).parents[1] / "data/expressions"
BROKEN: list[str] = json.loads((_DATA / "broken.json").read_text(encoding="utf-8"))
BROKEN_CONDITIONS: list[str] = json.loads((_DATA / "broken-conditions.json").read_text(encoding="utf-8"))
TOUCHING = (
    "'a'in{{input.items}}",
    "{{input.name}}in{{input.items}}",
    "typeof{{input.name}}=='text'",
    "{{env.MODE}}=={{input.name}}",
    "!{{input.name}}",
)
SIGNS = (
    *BINARY, *ASSIGNING, *"()[]{,:?.!~;#@5a", "?.", "=>", "++", "...", "if", "new", "'", '"', "`", "\\",
)  # fmt: skip
_TOKEN = re.compile(r"""\s+|"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'|\w+|[-+*/%=!<>&|?.]+|.""", re.DOTALL)


def mutated(text: str, random: Random) -> str:
    """A text with one or two tokens left out, doubled, exchanged, added or cut off: some are still expressions."""
    tokens = _TOKEN.findall(text) or [""]
    for _ in range(random.randint(1, 2)):
        at = random.randrange(len(tokens))
        match random.choice(("delete", "double", "swap", "replace", "insert", "cut", "character")):
            case "delete":
                del tokens[at]
            case "double":
                tokens.insert(at, tokens[at])
            case "swap":
                other = random.randrange(len(tokens))
                tokens[at], tokens[other] = tokens[other], tokens[at]
            case "replace":
                tokens[at] = random.choice(SIGNS)
            case "insert":
                tokens.insert(at, f" {random.choice(SIGNS)} ")
            case "cut":
                del tokens[at + 1 :]
            case _:
                place = random.randrange(len(tokens[at]) + 1)
                tokens[at] = tokens[at][:place] + tokens[at][place + 1 :]
        tokens = tokens or [""]
    return "".join(tokens)


class Sample(NamedTuple):
    """A text as it would stand in a workflow: the inside of `{{…}}`, or a whole condition."""

    text: str
    made: Literal["page", "valid", "mutated", "broken"]
    is_condition: bool = False


def samples(seed: int, number: int = 1000) -> list[Sample]:
    """That many different ones, the same for the same seed, with all that are written by hand."""
    made: dict[Sample, None] = {Sample(text, "broken"): None for text in BROKEN}
    made |= {Sample(text, "broken", is_condition=True): None for text in BROKEN_CONDITIONS}
    made |= {Sample(text, "valid", is_condition=True): None for text in TOUCHING}
    generator = ExpressionGenerator(seed)
    while len(made) < number:
        sample = _sample(generator, len(made))
        braces = ("{{", "}}")
        if sample.is_condition or not any(brace in sample.text for brace in braces):
            made[sample] = None
    return list(made)


def _sample(generator: ExpressionGenerator, place: int) -> Sample:
    random = generator.random
    match place % 6:
        case 0 | 1:
            return Sample(generator.page(), "page")
        case 2:
            return Sample(generator.whole(), "valid")
        case 3:
            return Sample(mutated(generator.page(), random), "mutated")
        case 4:
            return Sample(mutated(generator.whole(), random), "mutated")
        case _:
            return _condition(generator, random)


def _condition(generator: ExpressionGenerator, random: Random) -> Sample:
    """Half of them are mutated, outside their braces or inside of one."""
    text = generator.condition()
    if random.random() < 0.5:
        return Sample(text, "valid", is_condition=True)
    pieces = re.split(r"(\{\{.*?\}\})", text, flags=re.DOTALL)
    at = random.randrange(len(pieces))
    inside = pieces[at].startswith("{{")
    piece = mutated(pieces[at][2:-2] if inside else pieces[at], random).replace("{{", "{ {").replace("}}", "} }")
    pieces[at] = f"{{{{ {piece} }}}}" if inside else piece
    return Sample("".join(pieces), "mutated", is_condition=True)


_BRACED = re.compile(r"\{\{(?!\{)(.*?)\}\}", re.DOTALL)


def forms(sample: Sample) -> list[str]:
    """The expressions that JavaScript must take for the sample to be one.

    For a condition: what stands in each `{{…}}`; the whole with these in parentheses; and with names for them, so that no operand is read as
    the arguments of a call.
    """
    if not sample.is_condition:
        return [sample.text]
    return [*_BRACED.findall(sample.text), _BRACED.sub(r"(\1\n)", sample.text), _BRACED.sub(" operand ", sample.text)]


class Found(NamedTuple):
    """A finding about an expression or a reference."""

    rule: str
    severity: Severity


def findings(sample: Sample) -> list[Found]:
    """Those in a workflow with that expression in a prompt, or with that condition."""
    config = {"condition": sample.text, "true_branch": "first"} if sample.is_condition else {"prompt": f"{{{{ {sample.text} }}}}"}
    definition = copy.deepcopy(DEFINITION)
    definition["steps"].append({"id": "reader", "type": "condition" if sample.is_condition else "ai_completion", "config": config})
    document = Document(Source("a.yaml", "meingpt", "workflow", b"", definition))
    rules = [rule for rule in load_rules("meingpt") if rule.name.startswith(("expression-", "reference-", "condition-words"))]
    return [Found(rule.name, rule.severity) for rule in rules for _ in rule.check(document)]
