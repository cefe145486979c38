"""`flowship sandbox`: both platforms on this machine, until it is stopped."""

import argparse
import os
import re
import sys
from collections.abc import Iterator, Mapping
from typing import NoReturn

from deployer.config.inputs import KEY_PREFIX
from deployer.config.reader import read
from deployer.model.choices import Kind
from deployer.model.errors import FlowshipError, UsageError
from deployer.pipeline.project import Project, read_project
from deployer.platforms.registry import PLATFORMS
from deployer.sandbox.__main__ import add_options
from deployer.sandbox.config_files import SandboxConfigError
from deployer.sandbox.server import serve
from deployer.sandbox.targets_file import free_key

_NO_NUMBER = re.compile(r"argument (--[a-z]+): invalid (?:int|float) value: (.*)")


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        if match := _NO_NUMBER.fullmatch(message):
            raise UsageError(f"`{match[1]}` is {match[2]}: expected a number.", fix="Write digits, or leave it out.")
        raise UsageError(f"{message[:1].upper()}{message[1:]}.", fix="`flowship sandbox --help` lists its options.")


def sandbox_command(options: Mapping[str, str]) -> int:
    """Serve until a signal; returns the exit code. Prints the address, the variables that lead a run to it, and to stderr a line for each request.

    `options` by name, as text. Raises UsageError for one of them, or for a configuration file that cannot be used.
    """
    parser = _Parser(add_help=False)
    add_options(parser)
    parsed = parser.parse_args([f"--{name}={value}" for name, value in options.items() if value])
    try:
        return serve(**vars(parsed), ready=_print_variables, log=lambda line: print(line, file=sys.stderr, flush=True))
    except SandboxConfigError as error:
        raise UsageError(str(error)) from error


def _print_variables(url: str) -> None:
    print(url)
    print("\n".join(["", "# Copy these into another terminal, in the repository:", *variables(os.getcwd(), url), ""]), flush=True)


def variables(folder: str, url: str) -> Iterator[str]:
    """`export` lines for a run against the sandbox: the addresses, and a key for each key that the manifest in `folder` names. Without one, a key
    of each platform as an example."""
    for platform in PLATFORMS:
        yield f"export FLOWSHIP_{platform.upper()}_BASE_URL={url}"
    named = dict(_named_keys(folder)) or {platform.upper(): (platform, "workflow") for platform in PLATFORMS}
    for key, (platform, kind) in named.items():
        yield f"export {KEY_PREFIX}{key}={free_key(platform, kind, key.lower().replace('_', '-'))}"


def _named_keys(folder: str) -> Iterator[tuple[str, tuple[str, Kind]]]:
    """The keys that the manifest names, with the platform and the kind of what they lead to; none without a manifest that can be read, and none of
    platforms that packages add."""
    try:
        project: Project = read_project(folder, read({}, {}))
    except FlowshipError:
        return
    kinds = {workflow.name: (workflow.platform, workflow.source.kind) for _, workflow in project.pairs() if workflow.platform in PLATFORMS}
    for _, workflow in project.pairs():
        if workflow.key and workflow.name in kinds:
            yield workflow.key, kinds[workflow.name]
    for entry in project.manifest.entries if project.manifest else ():
        for key in entry.preview_keys if entry.name in kinds else ():
            yield key, kinds[entry.name]
