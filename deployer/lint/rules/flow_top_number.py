"""`creativityLevel`, `docCorrelation` and `embeddingRate` at the top of a file are numbers from 0 to 1.

Bad:
```json
{"creativityLevel": 2}
```
Good:
```json
{"creativityLevel": 0.7}
```
"""

from deployer.formats.quoting import shown
from deployer.lint.flow.parameters import SHARE_KEYS
from deployer.lint.rule import Diagnostic, Diagnostics, Document, Rule, mismatch

_FIX = "Write a number such as `0.5`, without quotes."


def check(document: Document) -> Diagnostics:
    for name in SHARE_KEYS:
        value = document.data.get(name)
        if value is None:
            continue
        if type(value) not in (int, float):
            yield Diagnostic((name,), mismatch(f"`{name}`", "a number from 0 to 1", value), _FIX)
        elif not 0 <= value <= 1:
            yield Diagnostic((name,), f"`{name}`: expected a number from 0 to 1, got {shown(value)}.", _FIX)


RULE = Rule("flow-top-number", "error", "GPTBots refuses these numbers outside of 0 to 1.", check, refused_by_platform=True)
