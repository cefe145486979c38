"""`flowship sandbox`: both platforms on this machine, until it is stopped."""

from collections.abc import Mapping
from typing import Any

from deployer.model.errors import UsageError
from deployer.sandbox.config_files import SandboxConfigError
from deployer.sandbox.server import serve


def sandbox_command(options: Mapping[str, Any]) -> int:
    """Serve until a signal; returns the exit code. Raises UsageError for a configuration file that cannot be used."""
    try:
        return serve(**options)
    except SandboxConfigError as error:
        raise UsageError(str(error)) from error
