"""Backups of definitions on a platform that keeps no earlier versions."""

import json
import os
from collections.abc import Mapping
from typing import Any

from deployer.formats import file_writer
from deployer.model import fingerprint
from deployer.model.errors import FlowshipError
from deployer.model.workflow import Workflow


def save_definition(root: str, report_path: str, workflow: Workflow, body: Mapping[str, Any]) -> str:
    """Save a definition that is about to be replaced, beside the report; returns its path. Raises FlowshipError when it cannot be written."""
    folder = os.path.dirname(os.path.join(root, report_path)) if report_path else os.path.join(root, ".flowship")
    name = "".join(char if char.isalnum() or char in "-_." else "-" for char in workflow.name)
    path = os.path.join(folder, f"{name}.{fingerprint.of_definition(body)[:16]}.found.json")  # another content, another file
    try:
        file_writer.put(root, path, json.dumps(body, ensure_ascii=False, indent=2).encode("utf-8", "surrogatepass"))
    except OSError as error:
        message = f"The definition on the platform could not be saved ({error.strerror or error}), so nothing was sent."
        raise FlowshipError(message, fix=f"Make {os.path.relpath(folder, root)} writable.", code="NOT_KEPT") from error
    return os.path.relpath(path, root)
