"""A page of Markdown with a limit: parts are put by importance, and each stands in its own slot of the page."""

from collections.abc import Callable, Sequence
from typing import Final, Literal, TypeVar, get_args

from deployer.model.text import count

Slot = Literal["head", "failed", "targets", "workflows", "try", "changes", "evals", "findings", "warnings", "notices", "tail"]
SLOTS: Final[tuple[Slot, ...]] = get_args(Slot)

T = TypeVar("T")


class LimitedPage:
    """`limit` in bytes of UTF-8; `left`: those that are still free. A part takes at most its `share` of them. `more`: where to find what is left
    out, in Markdown.
    """

    def __init__(self, limit: int, more: str) -> None:
        self._slots: dict[Slot, str] = {}
        self._more = more
        self.left = limit

    @property
    def text(self) -> str:
        return "".join(self._slots.get(slot, "") for slot in SLOTS)

    def put(self, slot: Slot, text: str) -> None:
        self._slots[slot] = self._slots.get(slot, "") + text
        self.left -= size(text)

    def listing(self, slot: Slot, title: str, items: Sequence[T], row: Callable[[T], str], noun: str, *, share: float) -> None:
        if items:
            self._rows(slot, f"\n### {title}\n\n", items, row, noun, share)

    def table(self, slot: Slot, columns: Sequence[str], items: Sequence[T], row: Callable[[T], str], noun: str, *, share: float) -> None:
        if items:
            self._rows(slot, f"\n| {' | '.join(columns)} |\n{'|---' * len(columns)}|\n", items, row, noun, share)

    def left_out(self, *counted: tuple[int, str]) -> str:
        """A paragraph about what is left out, by number and noun; "" when nothing is."""
        counts = [count(number, f"more {noun}") for number, noun in counted if number]
        return f"\n… and {' and '.join(counts)}, left out here; {self._more}.\n" if counts else ""

    def _rows(self, slot: Slot, head: str, items: Sequence[T], row: Callable[[T], str], noun: str, share: float) -> None:
        """Put the rows that there is room for, and the number of those that are left out."""
        room = int(self.left * share) - size(head) - size(self.left_out((len(items), noun)))
        rows: list[str] = []
        for item in items:
            text = f"{row(item)}\n"
            room -= size(text)
            if room < 0:
                break
            rows.append(text)
        self.put(slot, head + "".join(rows) + self.left_out((len(items) - len(rows), noun)))


def size(text: str) -> int:
    """In bytes; a lone surrogate counts as it will be shown."""
    return len(text.encode("utf-8", "backslashreplace"))
