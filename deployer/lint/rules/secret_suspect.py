"""A value that looks like chance stands in a header, or under a key such as `api_key`, `token` or `password`: probably a secret. meinGPT keeps
secrets, and `{{secrets.name}}` names them. The finding never repeats the value.

Bad:
```yaml
name: Welcome
trigger: {type: webhook}
steps:
  - id: fetch
    type: http
    config: {method: GET, url: "https://api.example.com/", timeout: 30, headers: {X-API-Key: f7Kq92LmZx0Rw4TbYp1N}}
```
Good:
```yaml
name: Welcome
trigger: {type: webhook}
steps:
  - id: fetch
    type: http
    config: {method: GET, url: "https://api.example.com/", timeout: 30, headers: {X-API-Key: "{{secrets.api_key}}"}}
```
"""

from collections.abc import Iterator

from deployer.lint.rule import Diagnostic, Document, Rule
from deployer.lint.secrets import secrets


def check(document: Document) -> Iterator[Diagnostic]:
    return (each.problem for each in secrets(document) if not each.certain)


RULE = Rule("secret-suspect", "warning", "What is in git is known to all who can read it, for good.", check)
