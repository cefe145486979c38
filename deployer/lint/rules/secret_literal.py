"""A key or token stands in the file itself: one whose form is known (OpenAI, GitHub, AWS, Slack and others), or what follows `Bearer` in a
header. meinGPT keeps secrets, and `{{secrets.name}}` names them. The finding never repeats the value.

Bad:
```yaml
name: Welcome
trigger: {type: webhook}
steps:
  - id: fetch
    type: http
    config: {method: GET, url: "https://api.example.com/", timeout: 30, headers: {Authorization: Bearer 0123456789abcdef}}
```
Good:
```yaml
name: Welcome
trigger: {type: webhook}
steps:
  - id: fetch
    type: http
    config: {method: GET, url: "https://api.example.com/", timeout: 30, headers: {Authorization: "Bearer {{secrets.api_key}}"}}
```
"""

from collections.abc import Iterator

from deployer.lint.rule import Diagnostic, Document, Rule
from deployer.lint.secrets import secrets


def check(document: Document) -> Iterator[Diagnostic]:
    return (each.problem for each in secrets(document) if each.certain)


RULE = Rule("secret-literal", "error", "What is in git is known to all who can read it, for good.", check)
