"""A key or token is in the file itself: one of a known form (OpenAI, GitHub, AWS, Slack, `sk_service_…` and others), or the value after `Bearer` in
a header. Workflows, manifests and eval suites are searched, with their comments; `.flow` and `.bot` files when they hold an `sk_…`. meinGPT
stores secrets, and `{{secrets.name}}` names them. The finding never repeats the value.

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

from deployer.lint.rule import Diagnostics, Document, Rule
from deployer.lint.secrets import find_secrets


def check(document: Document) -> Diagnostics:
    return (secret.diagnostic for secret in find_secrets(document) if secret.certain)


RULE = Rule("secret-literal", "error", "A secret in git is readable by everyone with access to the repository, in its history too.", check)
