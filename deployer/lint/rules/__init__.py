"""The registry: which rules look at which format. A new rule is one file beside this one and one line here.

A rule's module is its name with `_` for `-`. It holds `RULE`, and its docstring says why, with a bad and a good
example: a test runs both.
"""

from deployer.lint.rule import Format

RULES: dict[Format, tuple[str, ...]] = {
    "flow": (
        "flow_export_type",
        "flow_bot_type",
        "flow_export_time",
        "flow_format_version",
        "flow_graph",
        "flow_start_count",
        "flow_end_count",
    ),
    "bot": (
        "bot_type",
        "flow_export_time",
        "flow_format_version",
    ),
    "meingpt": (
        "workflow_required_key",
        "workflow_unknown_key",
        "workflow_managed_key",
        "workflow_value",
        "trigger_shape",
        "step_shape",
        "step_id_unique",
        "type_unknown",
        "key_unknown",
        "config_value",
        "http_method",
        "http_timeout",
        "branch_target",
        "branch_cycle",
        "step_unreachable",
        "condition_false_branch",
        "schedule_cron",
        "schedule_timezone",
        "secret_literal",
        "secret_suspect",
        "expression_syntax",
        "expression_unknown",
        "expression_type",
        "condition_words",
        "reference_unknown",
        "reference_step",
        "reference_variable",
        "reference_item",
        "reference_order",
        "reference_branch",
    ),
}
