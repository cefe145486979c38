"""A workflow as `flowship show` shows it."""

from typing import NamedTuple

from deployer.model.difference import Difference
from deployer.model.evals import EvalHistoryPoint


class ShownWorkflow(NamedTuple):
    """`difference` has its graph, and what changes where it was `compared`. `path`: its file. `in_full`: also where many are shown in a terminal.
    `history`: the evals of its releases, oldest first. `problem`: why it has no graph, or could not be compared; "" when nothing is wrong."""

    name: str
    platform: str
    path: str
    difference: Difference
    compared: bool = False
    in_full: bool = True
    history: tuple[EvalHistoryPoint, ...] = ()
    problem: str = ""
