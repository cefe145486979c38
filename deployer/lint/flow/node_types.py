"""What each node type of a `.flow` holds: the table of docs/contracts/flow-format.md, "Nodes", as data for the rules."""

from typing import NamedTuple


class NodeType(NamedTuple):
    """`param` names the parameter object, "" for none. What follows is about its inside.

    `required`: fields that must hold something; a dot leads into a mapping. `options`: fields with one of a few values, required
    too. `when`: fields that a value of another field requires. `branches`: a list of mappings, and what each must hold; each is
    left by an edge of its own. `optional` says that the parameter object itself may be absent.
    """

    param: str = ""
    required: tuple[str, ...] = ()
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
    "CODE": NodeType("codeParam", ("code",), (("language", ("PYTHON", "JS")),)),
    "HTTP": NodeType("httpParam", ("request.url", "request.method")),
    "DATASET": NodeType("datasetParam", ("query",)),
    "DATABASE": NodeType("databaseParam", ("sqlQuery",)),
    "TOOL_API": NodeType("toolApiParam", ("toolId", "toolApiId")),
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
HOLDERS = ("LOOP", "BATCH")


def given(value: object) -> bool:
    """Present and not empty: 0 and false are values, null, blank text and empty lists and mappings are not."""
    return bool(value.strip()) if isinstance(value, str) else bool(value) or value is False or value == 0
