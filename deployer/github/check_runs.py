"""A check run that carries annotations, 50 in each request (docs/contracts/github-actions.md, "Annotations")."""

from collections.abc import Sequence
from typing import Any, Final, Literal, NamedTuple

from deployer.github.api import Api
from deployer.model.annotation import Annotation, AnnotationLevel
from deployer.model.errors import OutcomeUnknown, PlatformError
from deployer.model.text import cut, cut_bytes

PER_REQUEST: Final = 50
MAX_ANNOTATIONS: Final = 1000  # twenty requests
MAX_MESSAGE_BYTES: Final = 60_000  # GitHub takes 64 KB
MAX_TITLE_CHARS: Final = 255
MAX_SUMMARY_BYTES: Final = 60_000
_LEVELS: Final[dict[AnnotationLevel, str]] = {"error": "failure", "warning": "warning", "notice": "notice"}


class CheckRun(NamedTuple):
    """A check run without its annotations; `title` and `summary` (Markdown) stand above them."""

    name: str
    commit: str
    conclusion: Literal["success", "failure"]
    title: str
    summary: str
    details_url: str = ""


def post(api: Api, run: CheckRun, annotations: Sequence[Annotation]) -> int:
    """Make a check run, with the annotations that have a file. Returns how many it holds, at most MAX_ANNOTATIONS. Raises PlatformError."""
    rows = [_row(annotation) for annotation in annotations if annotation.path][:MAX_ANNOTATIONS]
    output = {"title": cut(run.title, MAX_TITLE_CHARS), "summary": cut_bytes(run.summary, MAX_SUMMARY_BYTES)}
    body: dict[str, Any] = {"name": run.name, "head_sha": run.commit, "status": "completed", "conclusion": run.conclusion}
    body |= {"details_url": run.details_url} if run.details_url else {}
    created = api.post("/check-runs", {**body, "output": {**output, "annotations": rows[:PER_REQUEST]}}, repeatable=False)
    if not isinstance(created, dict) or not isinstance(created.get("id"), int):
        raise PlatformError("github", "GitHub made a check run without an id in its reply.", code="ODD_REPLY")
    for start in range(PER_REQUEST, len(rows), PER_REQUEST):
        try:
            api.patch(f"/check-runs/{created['id']}", {"output": {**output, "annotations": rows[start : start + PER_REQUEST]}}, repeatable=False)
        except OutcomeUnknown:
            continue  # sent again, they might be there twice
    return len(rows)


def _row(annotation: Annotation) -> dict[str, Any]:
    """GitHub wants a line, and columns only within one line."""
    start, end = annotation.line or 1, max(annotation.end_line, annotation.line, 1)
    row = {
        "path": annotation.path,
        "start_line": start,
        "end_line": end,
        "annotation_level": _LEVELS[annotation.level],
        "message": cut_bytes(annotation.message, MAX_MESSAGE_BYTES) or " ",
        "title": cut(annotation.title, MAX_TITLE_CHARS),
    }
    columns = (
        {"start_column": annotation.column, "end_column": annotation.end_column}
        if start == end and annotation.column and annotation.end_column
        else {}
    )
    return row | columns
