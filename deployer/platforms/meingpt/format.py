"""A meinGPT workflow as a file, and what the manifest takes for it (docs/contracts/meingpt.md)."""

from deployer.model.source_format import SourceFormat

# Azure Pipelines have both top keys too; their trigger is a list, `none`, or a mapping of branches.
_PIPELINE = rb"(?m)trigger(?<=^trigger)[ \t]*:[ \t]*(?:none\b|\[|\r?\n(?:[ \t]*(?:#[^\n]*)?\r?\n)*[ \t]*(?:-|(?:batch|branches|paths|tags):))"

FORMAT = SourceFormat(
    "meingpt",
    "meinGPT",
    "yaml",
    suffixes={".yaml": "workflow", ".yml": "workflow"},
    rule_sets={"workflow": "meingpt"},
    target_key="id",
    preview_key="key",
    unused_keys={"endpoint": "it names a data centre of GPTBots"},
    top_keys=(b"steps", b"trigger"),
    lookalike=_PIPELINE,
)
