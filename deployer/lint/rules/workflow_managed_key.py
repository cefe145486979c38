"""`id` and `status` do not belong into a workflow file: the manifest names the workflow, and the release policy decides whether it is live.

Bad:
```yaml
id: wf_123456
name: Welcome
trigger: {type: webhook}
steps: []
```
Good:
```yaml
name: Welcome
trigger: {type: webhook}
steps: []
```
"""

from deployer.lint.rule import Diagnostic, Diagnostics, Document, Rule

MANAGED = {"id": "Remove it, and write `id:` at the workflow's entry in the manifest.", "status": "Remove it: a release makes the workflow active."}


def check(document: Document) -> Diagnostics:
    for key, fix in MANAGED.items():
        if key in document.data:
            yield Diagnostic((key,), f"`{key}` does not belong into a workflow file.", fix, at_key=True)


RULE = Rule("workflow-managed-key", "error", "One file serves several environments, and a file cannot put itself live.", check)
