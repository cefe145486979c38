"""Set time-outs for calls to others, says meinGPT's page among its best practices, and names no field for it. Any key with `timeout` in its
name counts.

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

from collections.abc import Iterator

from deployer.lint.rule import Diagnostic, Document, Rule
from deployer.lint.workflow.shapes import is_timeout, parts

_FIX = "Set one in its `config`. meinGPT's page names no field for it: `timeout: 30` is our guess, and any key with `timeout` in it counts here."


def check(document: Document) -> Iterator[Diagnostic]:
    for part in parts(document):
        if part.data["type"] == "http" and "url" in part.config and not any(map(is_timeout, (*part.config, *part.data))):
            yield Diagnostic((*part.path, "config"), "This http step has no time-out.", _FIX, at_key=True)


RULE = Rule("http-timeout", "info", "A call that never answers holds the workflow up.", check)
