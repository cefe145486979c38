"""JSON Schemas (draft 2020-12) of the files that people write, with a description of every key; the report's is in `deployer.render.json_report`.

Editors with a YAML or JSON language server use them; `flowship schema NAME` prints one.
"""

import os

NAMES = ("manifest", "workflow", "flow", "evals")


def text(name: str) -> str:
    """The schema of that name, as JSON text. Raises UsageError for an unknown name."""
    if name not in NAMES:
        from deployer.model.errors import UsageError

        raise UsageError(f"There is no schema {name!r}.", fix=f"One of: {', '.join(NAMES)}.")
    with open(os.path.join(os.path.dirname(__file__), f"{name}.schema.json"), encoding="utf-8") as file:
        return file.read()
