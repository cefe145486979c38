"""What differs between two definitions, field by field, in words. Pure.

steps[id=greet].config.model: "gpt-4" → "gpt-5"
"""

from typing import Any

from deployer.platforms.definition_diff.fields import fields
from deployer.render.diff_text import field_line

MOST = 8  # fields to name


def differences(before: Any, after: Any) -> tuple[str, ...]:
    """One line for each field that differs, at most `MOST` and one that counts the rest."""
    found = fields(before, after)
    said = tuple(field_line(field) for field in found[:MOST])
    return (*said, f"and {len(found) - MOST} more") if len(found) > MOST else said
