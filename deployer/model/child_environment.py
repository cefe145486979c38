"""The environment of a process that Flowship starts: what it needs to run, and no key or token, whatever else a job's environment holds."""

from collections.abc import Mapping

_SYSTEM = ("PATH", "HOME", "XDG_CONFIG_HOME", "TMPDIR", "SYSTEMROOT", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH")
_GIT = ("GIT_EXEC_PATH", "GIT_CEILING_DIRECTORIES", "GIT_DISCOVERY_ACROSS_FILESYSTEM", "GIT_CONFIG_GLOBAL", "GIT_CONFIG_NOSYSTEM")


def child_environment(environ: Mapping[str, str]) -> dict[str, str]:
    """The variables of this process that another program needs to run."""
    return {name: value for name, value in environ.items() if name in _SYSTEM or name in _GIT}
