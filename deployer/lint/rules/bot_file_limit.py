"""`multiModal.multiModalInput.fileLimit` is the number of files that a message may hold. If it is missing, every chat with the Agent fails.

The import takes such a file. The vendor's validator reports it: the chat API answers 50000 to every message.

Bad:
```json
{"exportType": "BOT", "botType": "QuestionAnswer", "multiModal": {"multiModalInput": {}}}
```
Good:
```json
{"exportType": "BOT", "botType": "QuestionAnswer", "multiModal": {"multiModalInput": {"fileLimit": 1}}}
```
"""

from deployer.lint.rule import Diagnostic, Diagnostics, Document, Rule, mismatch

_FIX = 'Write `"multiModal": {"multiModalInput": {"fileLimit": 1}}`, with the other settings of an export.'


def check(document: Document) -> Diagnostics:
    path: tuple[str, ...] = ()
    value: object = document.data
    for key in ("multiModal", "multiModalInput", "fileLimit"):
        if not isinstance(value, dict) or value.get(key) is None:
            yield Diagnostic(path, "The Agent has no `multiModal.multiModalInput.fileLimit`: every chat with it fails.", _FIX, at_key=True)
            return
        path, value = (*path, key), value[key]
    if type(value) is not int:
        yield Diagnostic(path, mismatch("`fileLimit`", "an integer", value), _FIX)


RULE = Rule("bot-file-limit", "warning", "Every chat with an Agent without a limit of files fails.", check)
