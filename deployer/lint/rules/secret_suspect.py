"""A value that looks random is in a header, or under a key such as `api_key`, `token` or `password`: probably a secret. meinGPT stores
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

from deployer.lint.rule import Diagnostics, Document, Rule
from deployer.lint.secrets import find_secrets


def check(document: Document) -> Diagnostics:
    return (secret.diagnostic for secret in find_secrets(document) if not secret.certain)


RULE = Rule("secret-suspect", "warning", "A secret in git is readable by everyone with access to the repository, in its history too.", check)
