"""The steps of a meinGPT workflow: those at the top, and those inside loops."""

from __future__ import annotations

from collections.abc import Iterator

from deployer.lint.rule import Document, once_per_document
from deployer.model.named_tuple import NamedTuple

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from deployer.formats.positions import Path


class WorkflowStep(NamedTuple):
    """A step as written: `data` may be anything. `loop` is the path of the loop around it, () at the top."""

    path: Path
    data: Any
    loop: Path = ()


@once_per_document
def read_steps(document: Document) -> tuple[WorkflowStep, ...]:
    """Every step, in the order of the file; a loop comes before its steps."""
    return tuple(_iter_steps(("steps",), document.data.get("steps"), ()))


def _iter_steps(path: Path, listed: object, loop: Path) -> Iterator[WorkflowStep]:
    """Recursive: parsing has limited how deep loops nest."""
    for index, data in enumerate(listed if isinstance(listed, list) else ()):
        step = WorkflowStep((*path, index), data, loop)
        yield step
        config = data.get("config") if isinstance(data, dict) else None
        if isinstance(config, dict):
            yield from _iter_steps((*step.path, "config", "steps"), config.get("steps"), step.path)


def has_shown_form(document: Document, step: WorkflowStep) -> bool:
    """Whether the page shows what a step is here: at the top, and in a loop. What `steps` of an unknown type hold is not known."""
    holder: Any = document.data
    for key in step.loop:
        holder = holder[key]
    return not step.loop or holder.get("type") == "loop"
