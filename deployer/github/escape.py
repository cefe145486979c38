"""Text that we did not write, made harmless for GitHub's log, where a line can be a command to the runner.

The runner reads stdout and stderr: `::name …::` counts after leading white space, the old `##[name]` anywhere in a line, and a
bare carriage return starts a line (docs/contracts/github-actions.md, "Commands in the log").
"""

from deployer.model.text import one_line


def log_line(text: str) -> str:
    """One line that no runner reads as a command. Doing it twice changes nothing."""
    safe = one_line(text).replace("##[", "# #[")
    return safe.replace("::", ": :", 1) if safe.lstrip().startswith("::") else safe


def suspicious(text: str) -> bool:
    """Is there anything in it that is, or in a runner to come might be, command syntax? Casts a wide net."""
    return "::" in text or "##" in text or one_line(text) != text
