"""The registry of rules by format. A new rule is one file in this folder and one line here.

Beside its name stand its subjects: a document that has none of them gives the rule nothing to find, and the rule is neither run nor imported.

A rule's module is its name with `_` for `-`. It holds `RULE`, and its docstring gives the reason, a bad and a good example: a test runs
both.
"""

from deployer.lint.rule import Format

SUBJECTS: dict[Format, str] = {"flow": "deployer.lint.flow.subjects"}
"""By format, the module whose `find_subjects` gives the subjects of a document: the types of its nodes, "" for unknown ones, and those below."""
ALWAYS = ()
IRREGULAR_TOP = "irregular top"
"""A value at the top of the file is not as an export has it."""
IRREGULAR = "irregular"
"""Nodes or edges are not all as an export has them: whatever may be wrong with their places, names, ends and order."""
BROKEN_REFERENCE = "broken reference"
NAME_IN_TEXT = "name in a text"
"""`{{` in a parameter."""
SERVICE_KEY_START = b"sk_"
"""What every secret holds that is searched for in a `.flow`."""
SERVICE_KEY = "service key"
"""`SERVICE_KEY_START` anywhere in the file."""
SHARE = "share"
"""A number from 0 to 1 in a parameter, such as `creativityLevel`."""
RULES: dict[Format, dict[str, tuple[str, ...]]] = {
    "flow": {
        "flow_name": (IRREGULAR_TOP,),
        "flow_export_type": (IRREGULAR_TOP,),
        "flow_bot_type": (IRREGULAR_TOP,),
        "flow_export_time": (IRREGULAR_TOP,),
        "flow_format_version": (IRREGULAR_TOP,),
        "flow_top_number": (IRREGULAR_TOP,),
        "flow_number_as_text": (IRREGULAR, "INTENT", "CONDITION"),
        "flow_graph": (IRREGULAR,),
        "flow_start_count": (IRREGULAR,),
        "flow_end_count": (IRREGULAR,),
        "flow_node_id": (IRREGULAR,),
        "flow_node_name": (IRREGULAR,),
        "flow_node_type": ("",),
        "flow_node_position": (IRREGULAR,),
        "flow_node_coordinate": (IRREGULAR,),
        "flow_node_parameter": (IRREGULAR, "LOOP", "BATCH"),
        "flow_node_required": ALWAYS,
        "flow_node_option": ("CODE", "FILE_PARSE", "TEXT_PROCESS", "VARIABLE_AGGREGATE", "LOOP"),
        "flow_number_range": (SHARE,),
        "flow_http_address": ("HTTP",),
        "flow_tool_id": ("TOOL_API",),
        "flow_branch_type": ("CONDITION",),
        "flow_condition_else": ("CONDITION",),
        "flow_aggregate_groups": ("VARIABLE_AGGREGATE",),
        "flow_aggregate_name": ("VARIABLE_AGGREGATE",),
        "flow_aggregate_name_unique": ("VARIABLE_AGGREGATE",),
        "flow_aggregate_name_form": ("VARIABLE_AGGREGATE",),
        "flow_aggregate_type": ("VARIABLE_AGGREGATE",),
        "flow_aggregate_variables": ("VARIABLE_AGGREGATE",),
        "flow_assignments": ("SET_INTERMEDIATE_VARIABLE",),
        "flow_loop_variable": ("LOOP", "BATCH"),
        "flow_loop_only": ("NEXT_LOOP", "CONTINUE", "BREAK", "SET_INTERMEDIATE_VARIABLE"),
        "flow_edge_id": (IRREGULAR,),
        "flow_edge_field": (IRREGULAR,),
        "flow_edge_ends": (IRREGULAR,),
        "flow_self_loop": (IRREGULAR,),
        "flow_cycle": (IRREGULAR,),
        "flow_node_inbound": (IRREGULAR,),
        "flow_node_outbound": (IRREGULAR,),
        "flow_branch_edge": ("INTENT", "CONDITION"),
        "flow_comment_edge": (IRREGULAR,),
        "flow_unreachable": (IRREGULAR,),
        "flow_input": (IRREGULAR,),
        "flow_input_source": (IRREGULAR,),
        "flow_reference": (BROKEN_REFERENCE,),
        "flow_reference_upstream": (BROKEN_REFERENCE,),
        "flow_reference_branch": (BROKEN_REFERENCE,),
        "flow_reference_variable": (BROKEN_REFERENCE,),
        "flow_unknown_name": (NAME_IN_TEXT,),
        "flow_credentials": ALWAYS,
        "secret_literal": (SERVICE_KEY,),
    },
    "bot": dict.fromkeys(
        (
            "flow_name",
            "bot_type",
            "bot_type_unknown",
            "flow_export_time",
            "flow_format_version",
            "flow_top_number",
            "flow_number_as_text",
            "bot_file_limit",
            "bot_human_config",
            "bot_variable",
            "bot_loop_model",
            "flow_credentials",
            "secret_literal",
        ),
        ALWAYS,
    ),
    "meingpt": dict.fromkeys(
        (
            "workflow_required_key",
            "workflow_unknown_key",
            "workflow_managed_key",
            "workflow_value",
            "trigger_shape",
            "step_shape",
            "step_names",
            "step_id_unique",
            "step_id_reserved",
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
            "expression_unproven",
            "expression_type",
            "condition_words",
            "reference_unknown",
            "reference_step",
            "reference_variable",
            "reference_item",
            "reference_order",
            "reference_branch",
        ),
        ALWAYS,
    ),
}
