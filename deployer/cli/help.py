"""`flowship --help`."""

from deployer.config.inputs import LOCAL_COMMANDS, MODES, SUMMARY

_TEMPLATE = """\
usage: flowship COMMAND [OPTION]...

{summary}

{commands}

`flowship COMMAND --help` lists its options. Every option is also a variable (`--plan-hash`: FLOWSHIP_PLAN_HASH).
Keys come from FLOWSHIP_KEYS (NAME=value lines), FLOWSHIP_KEY_<NAME>, or FLOWSHIP_API_KEY; never from the command line.
"""


def overview() -> str:
    """Every command in a line, and where keys come from."""
    commands = "\n".join(f"  {name:<9} {text}" for name, text in (MODES | LOCAL_COMMANDS).items())
    return _TEMPLATE.format(summary=SUMMARY, commands=commands)
