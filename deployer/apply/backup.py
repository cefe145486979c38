"""Backups of definitions on a platform that keeps no earlier versions."""

import json
import os
from collections.abc import Iterable, Mapping
from typing import Any

from deployer.formats import file_writer
from deployer.formats.guarded_paths import fix_of
from deployer.model import fingerprint
from deployer.model.errors import FlowshipError
from deployer.model.workflow import Workflow


def save_definition(root: str, report_path: str, workflow: Workflow, body: Mapping[str, Any], guarded: Iterable[str] = ()) -> str:
    """Save a definition that is about to be replaced, beside the report; returns its path. `guarded`: as for `file_writer.put`. Raises
    FlowshipError when it cannot be written."""
    folder = os.path.dirname(report_path) if report_path else ".flowship"
    name = "".join(char if char.isalnum() or char in "-_." else "-" for char in workflow.name)
    path = os.path.join(folder, f"{name}.{fingerprint.of_definition(body)[:16]}.found.json")  # another content, another file
    try:
        file_writer.put(root, path, json.dumps(body, ensure_ascii=False, indent=2).encode("utf-8", "surrogatepass"), guarded)
    except OSError as error:
        message = f"The definition on the platform could not be saved ({error.strerror or error}), so nothing was sent."
        fix = fix_of(error, f"Make {os.path.relpath(os.path.join(root, folder), root)} writable.")
        raise FlowshipError(message, fix=fix, code="NOT_KEPT") from error
    return os.path.relpath(os.path.join(root, path), root)
