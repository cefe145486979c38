"""JSON Schemas (draft 2020-12) for what people write, with a description on every key. That of the report: `deployer.render.json_report`.

An editor with a YAML or JSON language server completes and documents from them; `flowship schema NAME` prints one.
"""

import os

NAMES = ("manifest", "workflow", "flow", "evals")


def text(name: str) -> str:
    """The schema of that name (one of `NAMES`), as JSON text."""
    with open(os.path.join(os.path.dirname(__file__), f"{name}.schema.json"), encoding="utf-8") as file:
        return file.read()
