"""An annotation: a message that GitHub shows on a file and line. Plain text; escaping is for whoever sends it."""

from typing import Literal, NamedTuple

AnnotationLevel = Literal["error", "warning", "notice"]
ANNOTATION_LEVELS: tuple[AnnotationLevel, ...] = ("error", "warning", "notice")


class Annotation(NamedTuple):
    """`path` is relative to the repository, "" when no file is at fault. Lines and columns start at 1, 0 when not known; ends are inside."""

    level: AnnotationLevel
    title: str
    message: str
    path: str = ""
    line: int = 0
    column: int = 0
    end_line: int = 0
    end_column: int = 0
