"""The registry of rules by format. A new rule is one file in this folder and one line here.

Beside its name stand its subjects: a document that has none of them gives the rule nothing to find, and the rule is neither run nor imported.

A rule's module is its name with `_` for `-`. It holds `RULE`, and its docstring gives the reason, a bad and a good example: a test runs
both.
"""

from deployer.lint.rule import Format

SUBJECTS: dict[Format, str] = {"flow": "deployer.lint.flow.subjects", "meingpt": "deployer.lint.workflow.subjects"}
"""By format, the module whose `find_subjects` gives the subjects of a document: the types of its nodes or steps, "" for unknown nodes, and those
below."""
ALWAYS = ()
IRREGULAR_TOP = "irregular top"
"""A value at the top of the file is not as an export has it."""
IRREGULAR = "irregular"
"""Nodes or edges are not all as an export has them: whatever may be wrong with their places, names, ends and order. Or a workflow's keys, ids, types
and values are not all as the page shows them."""
BROKEN_REFERENCE = "broken reference"
CREDENTIALS = "credentials"
"""A key for credentials in a node or at the top of the file; or a mapping or list beside the graph, which may hold one."""
NAME_IN_TEXT = "name in a text"
"""`{{` in a parameter."""
SERVICE_KEY_START = b"sk_"
"""What every secret holds that is searched for in a `.flow`."""
SERVICE_KEY = "service key"
"""`SERVICE_KEY_START` anywhere in the file."""
SUSPECT_TEXT = "suspect text"
"""A text that is, or looks like, a secret in a workflow."""
WRONG_EXPRESSION = "wrong expression"
"""An expression or condition with a finding."""
BACKWARD_BRANCH = "backward branch"
UNREACHABLE_STEP = "unreachable step"
WRONG_SHARE = "wrong share"
"""A number in a parameter that should be from 0 to 1, such as `creativityLevel`, and is not."""
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
        "flow_node_parameter": (IRREGULAR,),
        "flow_node_required": ALWAYS,
        "flow_node_option": ("CODE", "FILE_PARSE", "TEXT_PROCESS", "VARIABLE_AGGREGATE", "LOOP"),
        "flow_number_range": (WRONG_SHARE,),
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
        "flow_credentials": (CREDENTIALS, "TOOL_API"),
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
    "meingpt": {
        "workflow_required_key": (IRREGULAR,),
        "workflow_unknown_key": (IRREGULAR,),
        "workflow_managed_key": (IRREGULAR,),
        "workflow_value": (IRREGULAR,),
        "trigger_shape": (IRREGULAR,),
        "step_shape": (IRREGULAR,),
        "step_names": (IRREGULAR,),
        "step_id_unique": (IRREGULAR,),
        "step_id_reserved": (IRREGULAR,),
        "type_unknown": (IRREGULAR,),
        "key_unknown": (IRREGULAR,),
        "config_value": (IRREGULAR,),
        "http_method": ("http", "webhook"),
        "http_timeout": ("http",),
        "branch_target": ("condition",),
        "branch_cycle": (BACKWARD_BRANCH,),
        "step_unreachable": (UNREACHABLE_STEP,),
        "condition_false_branch": ("condition",),
        "schedule_cron": ("schedule",),
        "schedule_timezone": ("schedule",),
        "secret_literal": (SUSPECT_TEXT,),
        "secret_suspect": (SUSPECT_TEXT,),
        "expression_syntax": (WRONG_EXPRESSION,),
        "expression_unproven": (WRONG_EXPRESSION,),
        "expression_type": (WRONG_EXPRESSION,),
        "condition_words": (WRONG_EXPRESSION,),
        "reference_unknown": (WRONG_EXPRESSION,),
        "reference_step": (WRONG_EXPRESSION,),
        "reference_variable": (WRONG_EXPRESSION,),
        "reference_item": (WRONG_EXPRESSION,),
        "reference_order": (WRONG_EXPRESSION,),
        "reference_branch": (WRONG_EXPRESSION,),
    },
}
