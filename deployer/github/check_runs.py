"""A check run that carries annotations, 50 in each request (docs/contracts/github-actions.md, "Annotations")."""

from collections.abc import Sequence
from typing import Any, Final, Literal, NamedTuple

from deployer.github.api import Api
from deployer.model.annotation import Annotation, AnnotationLevel
from deployer.model.errors import OutcomeUnknown, PlatformError
from deployer.model.text import cut, cut_bytes

PER_REQUEST: Final = 50
MOST: Final = 1000  # twenty requests
LONGEST_MESSAGE: Final = 60_000  # bytes; GitHub takes 64 KB
LONGEST_TITLE: Final = 255
LONGEST_SUMMARY: Final = 60_000
_LEVELS: Final[dict[AnnotationLevel, str]] = {"error": "failure", "warning": "warning", "notice": "notice"}


class CheckRun(NamedTuple):
    """What is said once; `title` and `summary` (Markdown) stand above the annotations."""

    name: str
    commit: str
    conclusion: Literal["success", "failure"]
    title: str
    summary: str
    details_url: str = ""


def post(api: Api, run: CheckRun, annotations: Sequence[Annotation]) -> int:
    """Make it, with those annotations that stand on a file. Returns how many it holds, at most MOST. Raises PlatformError."""
    rows = [_row(each) for each in annotations if each.path][:MOST]
    output = {"title": cut(run.title, LONGEST_TITLE), "summary": cut_bytes(run.summary, LONGEST_SUMMARY)}
    body: dict[str, Any] = {"name": run.name, "head_sha": run.commit, "status": "completed", "conclusion": run.conclusion}
    body |= {"details_url": run.details_url} if run.details_url else {}
    made = api.post("/check-runs", {**body, "output": {**output, "annotations": rows[:PER_REQUEST]}}, repeatable=False)
    if not isinstance(made, dict) or not isinstance(made.get("id"), int):
        raise PlatformError("github", "GitHub made a check run and did not say its id.", code="ODD_REPLY")
    for start in range(PER_REQUEST, len(rows), PER_REQUEST):
        try:
            api.patch(f"/check-runs/{made['id']}", {"output": {**output, "annotations": rows[start : start + PER_REQUEST]}}, repeatable=False)
        except OutcomeUnknown:
            continue  # sent again, they might be there twice
    return len(rows)


def _row(each: Annotation) -> dict[str, Any]:
    """GitHub wants a line, and columns only within one line."""
    start, end = each.line or 1, max(each.end_line, each.line, 1)
    row = {
        "path": each.path,
        "start_line": start,
        "end_line": end,
        "annotation_level": _LEVELS[each.level],
        "message": cut_bytes(each.message, LONGEST_MESSAGE) or " ",
        "title": cut(each.title, LONGEST_TITLE),
    }
    columns = {"start_column": each.column, "end_column": each.end_column} if start == end and each.column and each.end_column else {}
    return row | columns
