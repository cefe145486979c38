"""The `id` of a step is an identifier, so that `{{id.output}}` can name it: `{{my-step.output}}` subtracts. Its `name`, if it has one, is text.

Bad:
```yaml
name: Welcome
trigger: {type: webhook}
steps:
  - {id: greet-user, type: ai_completion, config: {prompt: Hello}}
```
Good:
```yaml
name: Welcome
trigger: {type: webhook}
steps:
  - {id: greet_user, type: ai_completion, config: {prompt: Hello}}
```
"""

from __future__ import annotations

from deployer.formats.quoting import shown
from deployer.lint.rule import Diagnostic, Diagnostics, Document, Rule, mismatch
from deployer.lint.workflow.steps import has_shown_form, read_steps

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from deployer.formats.positions import Path

_FIX = "Use letters (a to z, large or small), digits and `_`, and start with a letter."


def check(document: Document) -> Diagnostics:
    for step in read_steps(document):
        if isinstance(step.data, dict) and not _is_valid(step.data) and has_shown_form(document, step):
            yield from _check_names(step.path, step.data)


def _is_valid(step: dict[str, Any]) -> bool:
    """Without a finding of this rule. An `id` that is no text or blank is one of `step-shape`."""
    name = step.get("id")
    is_identifier = not isinstance(name, str) or not name.strip() or (name.isascii() and name.isidentifier())
    return is_identifier and isinstance(step.get("name", ""), str)


def _check_names(path: Path, step: dict[str, Any]) -> Diagnostics:
    if not _is_valid({"id": step.get("id")}):
        yield Diagnostic((*path, "id"), f"The `id` {shown(step['id'])} is no identifier: no reference can name this step.", _FIX)
    if not isinstance(step.get("name", ""), str):
        fix = "Write a name, or remove the key." if step["name"] is None else "Put it in quotes."
        yield Diagnostic((*path, "name"), mismatch("The `name` of a step", "text", step["name"]), fix)


RULE = Rule("step-names", "error", "References name a step by its id, and people by its name.", check)
