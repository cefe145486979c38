"""`${NAME}` in texts that people write: the one mechanism of `set` and of tables of cases. `$${` stands for the text `${`."""

import re
from collections.abc import Callable, Iterator


class Placeholders:
    """The placeholders whose names match a regular expression. Any other `${` is text."""

    def __init__(self, name: str) -> None:
        self._pattern = re.compile(rf"\$\$\{{|\$\{{({name})\}}")

    def names(self, text: str) -> Iterator[str]:
        """Every name in the text, in order."""
        return (match[1].strip() for match in self._pattern.finditer(text) if match[1])

    def lone(self, text: str) -> str | None:
        """The name, where the text is one placeholder and nothing else."""
        match = self._pattern.fullmatch(text)
        return match[1].strip() if match and match[1] else None

    def fill(self, text: str, value_of: Callable[[str], str]) -> str:
        """The text with every placeholder replaced, and `$${` by `${`. What a value holds is not looked at again."""
        return self._pattern.sub(lambda match: value_of(match[1].strip()) if match[1] else "${", text)
