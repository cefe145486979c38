"""The steps of a meinGPT workflow: those at the top, and those inside loops."""

from __future__ import annotations

from deployer.lint.rule import Document, once_per_document
from deployer.model.named_tuple import NamedTuple

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from deployer.formats.positions import Path


class WorkflowStep(NamedTuple):
    """A step as written: `data` may be anything. `loop` is the path of the loop around it, () at the top, and `holder` its place, -1 at the top."""

    path: Path
    data: Any
    loop: Path = ()
    holder: int = -1


@once_per_document
def read_steps(document: Document) -> tuple[WorkflowStep, ...]:
    """Every step, in the order of the file; a loop comes before its steps."""
    steps: list[WorkflowStep] = []
    _add_steps(steps, ("steps",), document.data.get("steps"), ((), -1))
    return tuple(steps)


def _add_steps(steps: list[WorkflowStep], path: Path, listed: object, loop: tuple[Path, int]) -> None:
    """Recursive: parsing has limited how deep loops nest."""
    for index, data in enumerate(listed if isinstance(listed, list) else ()):
        step_path = (*path, index)
        steps.append(WorkflowStep(step_path, data, *loop))
        config = data.get("config") if isinstance(data, dict) else None
        if isinstance(config, dict) and "steps" in config:
            _add_steps(steps, (*step_path, "config", "steps"), config["steps"], (step_path, len(steps) - 1))


def has_shown_form(document: Document, step: WorkflowStep) -> bool:
    """Whether the page shows what a step is here: at the top, and in a loop. What `steps` of an unknown type hold is not known."""
    holder: Any = document.data
    for key in step.loop:
        holder = holder[key]
    return not step.loop or holder.get("type") == "loop"
