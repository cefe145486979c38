"""The files that GPTBots exports, and what the manifest takes for them (docs/contracts/flow-format.md, "File")."""

from deployer.model.source_format import SourceFormat

FORMAT = SourceFormat(
    "gptbots",
    "GPTBots",
    "json",
    suffixes={".flow": "workflow", ".bot": "agent"},
    rule_sets={"workflow": "flow", "agent": "bot"},
    target_key="key",
    preview_key="keys",
    unused_keys={"id": "a GPTBots key names its target, no id is sent"},
    may_be_opaque=True,
)
