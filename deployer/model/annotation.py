"""An annotation: a message that GitHub shows on a file and line. Plain text; the sender escapes it."""

from typing import Literal, NamedTuple

AnnotationLevel = Literal["error", "warning", "notice"]
ANNOTATION_LEVELS: tuple[AnnotationLevel, ...] = ("error", "warning", "notice")


class Annotation(NamedTuple):
    """`path` is relative to the repository, "" when it is about no file. Lines and columns start at 1, 0 when not known; ends are included."""

    level: AnnotationLevel
    title: str
    message: str
    path: str = ""
    line: int = 0
    column: int = 0
    end_line: int = 0
    end_column: int = 0
