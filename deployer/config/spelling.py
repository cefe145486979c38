"""How a message names an input: the one place that decides it.

Messages write an input as `` `plan-hash` `` or `` `release: always` ``, which is the action's language. On the command line it is the option
`--plan-hash`; where its value came from a variable, or where it has no option, it is FLOWSHIP_PLAN_HASH. A manifest's own key is written with
its colon and no value (`release:`), or after "the manifest's", and stays. So do the name of a file or folder that is a link, and a value that is
proposed ("Did you mean `force`?").

A missing key is "Add `NAME=…` to `keys`"; on the command line it is "Set FLOWSHIP_KEY_NAME", unless FLOWSHIP_KEYS was given.
"""

import re
from typing import NamedTuple

from deployer.config.inputs import BY_NAME, KEY_PREFIX, LOCAL_COMMANDS, MODES
from deployer.model.errors import FlowshipError

_NAMES = "|".join(sorted(BY_NAME, key=len, reverse=True))
_INPUT = re.compile(rf"(?<!manifest's )(?<!Did you mean )`({_NAMES})(?:: ([^`\s]+))?`(?! (?:is a symbolic link|leads out))")

_ADD_KEYS = re.compile(r"Add ((?:`[A-Z][A-Z0-9_]*=…`(?:, )?)+) to `keys`( \(the secret behind it\))?")


class Spelling(NamedTuple):
    """`variables`: the names of the inputs whose values came from FLOWSHIP_ variables."""

    in_action: bool = False
    variables: frozenset[str] = frozenset()

    def text(self, text: str) -> str:
        """The text, with each input named as the reader gave it, or would give it."""
        if self.in_action and not self.variables:
            return text
        if not self.in_action:
            text = _ADD_KEYS.sub(self._keys_to_add, text)
        return _INPUT.sub(self._named, text)

    def error(self, error: FlowshipError) -> FlowshipError:
        """The same error, with its texts."""
        error.message, error.fix = self.text(error.message), self.text(error.fix)
        error.args = (error.message,)
        return error

    def _keys_to_add(self, match: re.Match[str]) -> str:
        if "keys" in self.variables:
            return f"Add {match[1]} to `{BY_NAME['keys'].variable}`"
        return f"Set {', '.join(KEY_PREFIX + name for name in re.findall('[A-Z][A-Z0-9_]*', match[1]))}"

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
