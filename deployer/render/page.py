"""A page of Markdown that grows within a limit: what matters most is put down first, wherever on the page it stands."""

from collections.abc import Callable, Sequence
from typing import Final, Literal, TypeVar

from deployer.model.text import count

Slot = Literal["head", "failed", "targets", "workflows", "try", "changes", "evals", "findings", "warnings", "notices", "tail"]
SLOTS: Final[tuple[Slot, ...]] = ("head", "failed", "targets", "workflows", "try", "changes", "evals", "findings", "warnings", "notices", "tail")

T = TypeVar("T")


class LimitedPage:
    """`limit` in bytes of UTF-8. A part takes at most its `share` of what is left when its turn comes. `more`: where all of it is, in a few
    words of Markdown, for the lines about what was left out.
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
        """A paragraph about what is not here: a number and a noun each; "" when nothing is missing."""
        said = [count(number, f"more {noun}") for number, noun in counted if number]
        return f"\n… and {' and '.join(said)}, left out here; {self._more}.\n" if said else ""

    def _rows(self, slot: Slot, head: str, items: Sequence[T], row: Callable[[T], str], noun: str, share: float) -> None:
        """Only rows that find room are made; room is kept for the line about what was left out."""
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
