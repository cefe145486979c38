"""The `method` of an http step or a webhook trigger is one of HTTP's: GET, POST, PUT, PATCH, DELETE, HEAD, OPTIONS.

Bad:
```yaml
name: Welcome
trigger: {type: webhook}
steps:
  - {id: fetch, type: http, config: {method: FETCH, url: "https://api.example.com/", timeout: 30}}
```
Good:
```yaml
name: Welcome
trigger: {type: webhook}
steps:
  - {id: fetch, type: http, config: {method: GET, url: "https://api.example.com/", timeout: 30}}
```
"""

from deployer.formats.quoting import did_you_mean, shown
from deployer.lint.rule import Diagnostic, Diagnostics, Document, Rule
from deployer.lint.workflow.step_types import read_typed_parts

METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS")


def check(document: Document) -> Diagnostics:
    for part in read_typed_parts(document):
        method = part.config.get("method") if "method" in part.spec.fields else None
        if isinstance(method, str) and method.upper() not in METHODS and "{{" not in method:
            yield Diagnostic((*part.path, "config", "method"), f"HTTP has no method {shown(method)}.", did_you_mean(method, METHODS))


RULE = Rule("http-method", "warning", "A method that HTTP does not have is refused by the server, if not before.", check)
