"""Every rendering of every story can be written; and what the start of a run must not import."""

import subprocess
import sys
from pathlib import Path

import pytest

from deployer.model.report import Report
from deployer.render.registry import FORMATS

REPOSITORY = Path(__file__).parents[3]


def test_every_rendering_can_be_written_as_utf8(report: Report) -> None:
    assert all(format_(report).encode() for format_ in FORMATS.values())


@pytest.mark.parametrize(
    ("module", "banned"),
    [
        ("deployer.render.findings", ["dataclasses", "inspect", "pathlib", "hashlib", "enum", "json", "requests", "contextlib"]),
        ("deployer.render.plain_text", ["requests", "actions_toolkit"]),
        ("deployer.publish.terminal", ["requests", "actions_toolkit"]),
        ("deployer.github.runner", ["requests", "actions_toolkit"]),
        ("deployer.cli.main", ["msgspec"]),
        ("deployer.commands.lint", ["msgspec"]),
        ("deployer.cli.dispatch", ["msgspec"]),
    ],
)
def test_start_up_stays_light(module: str, banned: list[str]) -> None:
    """`re` brings `enum` along: what counts is what it adds to that."""
    script = f"import re, typing, sys; before = set(sys.modules); import {module}; print([m for m in {banned!r} if m in set(sys.modules) - before])"
    done = subprocess.run([sys.executable, "-c", script], env={"PYTHONPATH": str(REPOSITORY)}, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
