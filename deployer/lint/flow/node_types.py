"""The node types of a `.flow`: the table of docs/contracts/flow-format.md, "Nodes", as data for the rules."""

from __future__ import annotations

from deployer.model.named_tuple import NamedTuple


class NodeType(NamedTuple):
    """`param` names the parameter object, "" for none; the other fields describe what is in it.

    `required`: fields that must not be empty; a dot leads into a mapping. `present`: fields that must be there, and may be blank. `options`:
    required fields with a choice of values. `when`: fields that a value of another field requires. `branches`: a list of mappings, and what
    each must hold; each needs an edge of its own. `optional`: the parameter object itself may be missing.
    """

    param: str = ""
    required: tuple[str, ...] = ()
    present: tuple[str, ...] = ()
    options: tuple[tuple[str, tuple[str, ...]], ...] = ()
    when: tuple[tuple[str, str, tuple[str, ...]], ...] = ()
    branches: tuple[str, tuple[str, ...]] | None = None
    optional: bool = False


NODE_TYPES: dict[str, NodeType] = {
    "START": NodeType(),
    "END": NodeType("endParam", when=(("outputType", "TEXT", ("outputText",)),), optional=True),
    "LLM": NodeType("llmParam", ("userPrompt",)),
    "AUDIO_LLM": NodeType("audioLlmParam", ("voice", "userPrompt")),
    "INTENT": NodeType("intentParam", ("intents", "query"), branches=("intents", ("sourceHandle", "value"))),
    "CONDITION": NodeType("conditionParam", ("conditionBranches",), branches=("conditionBranches", ("sourceHandle",))),
    "CODE": NodeType("codeParam", ("code",), options=(("language", ("PYTHON", "JS")),)),
    "HTTP": NodeType("httpParam", ("request.url", "request.method")),
    "DATASET": NodeType("datasetParam", ("query",)),
    "DATABASE": NodeType("databaseParam", ("sqlQuery",)),
    "TOOL_API": NodeType("toolApiParam", present=("toolId", "toolApiId")),
    "FILE_PARSE": NodeType("fileParseParam", options=(("parseMode", ("DEFAULT", "HIGHLEVEL")),)),
    "TEXT_PROCESS": NodeType(
        "textProcessParam",
        options=(("mode", ("SPLIT", "JOIN")),),
        when=(("mode", "SPLIT", ("splitTarget", "delimiters")), ("mode", "JOIN", ("joinText",))),
    ),
    "VARIABLE_AGGREGATE": NodeType("variableAggregateParam", options=(("strategy", ("FIRST_NON_NULL",)),)),
    "LOOP": NodeType(
        "loopParam",
        options=(("loopType", ("ARRAY_BASED", "LIMITED_LOOP")),),
        when=(("loopType", "ARRAY_BASED", ("inputArrays",)), ("loopType", "LIMITED_LOOP", ("limitedLoopCount",))),
    ),
    "BATCH": NodeType("batchParam", ("inputArrays",)),
    "SET_INTERMEDIATE_VARIABLE": NodeType("setIntermediateVariableParam"),
    "NEXT_LOOP": NodeType(),
    "CONTINUE": NodeType(),
    "BREAK": NodeType(),
    "COMMENT": NodeType("commentParam"),
}
LOOP_TYPES = ("LOOP", "BATCH")
LOOP_ENDS = ("NEXT_LOOP", "CONTINUE", "BREAK")
"""Nodes that end a round of the loop around them."""
BRANCH_TYPES = ("IF", "ELSE_IF", "ELSE")
BRANCHING_TYPES = ("INTENT", "CONDITION")
SEPARATORS = ("delimiters", "joinText")
"""Fields in which white space is a value: a text is split at its line ends."""


def is_filled(value: object) -> bool:
    """Present and not empty: 0 and false are values, null, blank text and empty lists and mappings are not."""
    return bool(value.strip()) if isinstance(value, str) else bool(value) or value is False or value == 0
