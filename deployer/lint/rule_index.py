"""The index of all rules, for configuration and for reports that describe rules. Imports every rule: use it only when needed."""

import sys

from deployer.formats.diagnostic import RULES
from deployer.lint import engine
from deployer.lint.rule import Rule
from deployer.model.finding import RuleInfo


def describe_rules() -> dict[str, RuleInfo]:
    """Every rule by name, in alphabetical order. Errors of reading always stop a deploy: without a definition nothing can be deployed."""
    reading = [RuleInfo(name, severity, why, "", stops=severity == "error") for name, (severity, why) in RULES.items()]
    own = [RuleInfo(rule.name, rule.severity, rule.why, _help(rule), stops=rule.refused_by_platform) for rule in engine.load_all_rules()]
    return {info.name: info for info in sorted((*reading, *own))}


def _help(rule: Rule) -> str:
    """The docstring of the rule's module: the reason, a bad and a good example. Of a package's rule, that of its `check`."""
    described = sys.modules.get(f"deployer.lint.rules.{rule.name.replace('-', '_')}", rule.check)
    return (described.__doc__ or "").strip()
