"""The steps of a meinGPT workflow: those at the top, and those inside loops."""

from collections.abc import Iterator
from typing import Any, NamedTuple

from deployer.formats.positions import Path
from deployer.lint.rule import Document


class WorkflowStep(NamedTuple):
    """A step as written: `data` may be anything. `loop` is the path of the loop around it, () at the top."""

    path: Path
    data: Any
    loop: Path = ()


def steps(document: Document) -> tuple[WorkflowStep, ...]:
    """Every step, in the order of the file; a loop comes before what it holds."""
    if "steps" not in document.memo:
        document.memo["steps"] = tuple(_steps(("steps",), document.data.get("steps"), ()))
    found: tuple[WorkflowStep, ...] = document.memo["steps"]
    return found


def _steps(path: Path, listed: object, loop: Path) -> Iterator[WorkflowStep]:
    """Nesting is limited by reading, so this calls itself."""
    for index, data in enumerate(listed if isinstance(listed, list) else ()):
        step = WorkflowStep((*path, index), data, loop)
        yield step
        config = data.get("config") if isinstance(data, dict) else None
        if isinstance(config, dict):
            yield from _steps((*step.path, "config", "steps"), config.get("steps"), step.path)
