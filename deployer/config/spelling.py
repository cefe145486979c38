"""How a message names an input: the one place that decides it.

Messages write an input as `` `plan-hash` `` or `` `release: always` ``, which is the action's language. On the command line it is the option
`--plan-hash`; where its value came from a variable, or where it has no option, it is FLOWSHIP_PLAN_HASH. A manifest's own key is written with
its colon and no value (`release:`), or after "the manifest's", and stays. So does the name of a file or folder that is a link.
"""

import re
from typing import NamedTuple

from deployer.config.inputs import BY_NAME, LOCAL_COMMANDS, MODES
from deployer.model.errors import FlowshipError

_NAMES = "|".join(sorted(BY_NAME, key=len, reverse=True))
_INPUT = re.compile(rf"(?<!manifest's )`({_NAMES})(?:: ([^`\s]+))?`(?! (?:is a symbolic link|leads out))")


class Spelling(NamedTuple):
    """`variables`: the names of the inputs whose values came from FLOWSHIP_ variables."""

    in_action: bool = False
    variables: frozenset[str] = frozenset()

    def text(self, text: str) -> str:
        """The text, with the inputs in it named as whoever reads it gave them, or would."""
        return text if self.in_action and not self.variables else _INPUT.sub(self._named, text)

    def error(self, error: FlowshipError) -> FlowshipError:
        """The same error, with its texts."""
        error.message, error.fix = self.text(error.message), self.text(error.fix)
        error.args = (error.message,)
        return error

    def _named(self, match: re.Match[str]) -> str:
        name, value = match.groups()
        row = BY_NAME[name]
        if name == "mode" and value in {**MODES, **LOCAL_COMMANDS} and not self.in_action:
            return f"`flowship {value}`"
        if value is not None and value not in row.choices:
            return match.group()
        if name in self.variables or (row.secret and not self.in_action):
            return f"`{row.variable}={value}`" if value else f"`{row.variable}`"
        if self.in_action:
            return match.group()
        shown = "" if value is None or (row.is_flag and value == "true") else f" {value}"
        return f"`--{name}{shown}`"
