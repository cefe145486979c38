"""Every rule there is, by name: for configuration, and for reports that describe rules. Imports all of them: only when needed."""

import sys

from deployer.formats.rule_names import RULES
from deployer.lint import engine
from deployer.lint.rule import Rule
from deployer.model.finding import RuleInfo


def catalogue() -> dict[str, RuleInfo]:
    """By name, in alphabetical order. An error of reading always stops a deploy: there is nothing to deploy then."""
    around = [RuleInfo(name, severity, why, "", stops=severity == "error") for name, (severity, why) in RULES.items()]
    own = [RuleInfo(each.name, each.severity, each.why, _help(each), stops=each.refused_by_platform) for each in engine.all_rules()]
    return {each.name: each for each in sorted((*around, *own))}


def _help(rule: Rule) -> str:
    """The docstring of the rule's file: why, a bad and a good example."""
    return (sys.modules[rule.check.__module__].__doc__ or "").strip()
