"""`item` is the current item of a loop. Outside of a loop's steps it has no value.

Bad:
```yaml
name: Welcome
trigger: {type: webhook}
steps:
  - {id: send, type: email, config: {to: "{{item.email}}", body: Hello}}
```
Good:
```yaml
name: Welcome
trigger: {type: webhook}
steps:
  - id: each_user
    type: loop
    config:
      items: "{{input.users}}"
      steps:
        - {id: send, type: email, config: {to: "{{item.email}}", body: Hello}}
```
"""

from deployer.lint.workflow.expressions import expression_rule

RULE = expression_rule("reference-item", "error", "Outside a loop there is no item.")
