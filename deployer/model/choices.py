"""The types of values that are one of a few words. What `flowship lint` loads imports them for the type checker only: they load `typing`."""

from typing import Literal

Kind = Literal["workflow", "agent"]
Language = Literal["json", "yaml"]
Severity = Literal["error", "warning", "info"]
