"""meinGPT's page lists time-outs for calls to other systems among its best practices, and names no field for them. Any key with `timeout` in
its name counts.

Bad:
```yaml
name: Welcome
trigger: {type: webhook}
steps:
  - {id: fetch, type: http, config: {method: GET, url: "https://api.example.com/"}}
```
Good:
```yaml
name: Welcome
trigger: {type: webhook}
steps:
  - {id: fetch, type: http, config: {method: GET, url: "https://api.example.com/", timeout: 30}}
```
"""

from deployer.lint.rule import Diagnostic, Diagnostics, Document, Rule
from deployer.lint.workflow.step_types import is_timeout_key, read_typed_parts

_FIX = "Add `timeout: 30` to its `config`. meinGPT's page does not name the field; any key with `timeout` in it counts here."


def check(document: Document) -> Diagnostics:
    for part in read_typed_parts(document):
        if part.data["type"] == "http" and "url" in part.config and not any(map(is_timeout_key, (*part.config, *part.data))):
            yield Diagnostic((*part.path, "config"), "This http step has no time-out.", _FIX, at_key=True)


RULE = Rule("http-timeout", "info", "A call that is never answered blocks the workflow.", check)
