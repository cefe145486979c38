"""The limits of both readers, of JSON and of YAML, and the diagnostics for them."""

from deployer.formats.diagnostic import RuleDiagnostic, unparsable
from deployer.formats.quoting import shown
from deployer.model.strict_json import MAX_DEPTH

MAX_INTEGER_DIGITS = 4300  # Python refuses to convert more


def too_deep(start: int) -> RuleDiagnostic:
    return unparsable("file-too-deep", f"Lists and mappings are nested more than {MAX_DEPTH} deep here.", "Flatten the file.", start, start + 1)


def repeated_key(name: str, start: int, end: int) -> RuleDiagnostic:
    fix = "Keep one of the two: parsers disagree on which one wins."
    return unparsable("file-duplicate-key", f"The key {shown(name)} stands twice in one mapping.", fix, start, end)


def not_finite(start: int, end: int) -> RuleDiagnostic:
    fix = "Write a number, or put it in quotes if it is text."
    return unparsable("file-number", "NaN and Infinity are not numbers in JSON, and no platform accepts them.", fix, start, end)


def too_long_number(start: int, end: int) -> RuleDiagnostic:
    return unparsable("file-number", f"A number has more than {MAX_INTEGER_DIGITS:,} digits.", "Put it in quotes if it is text.", start, end)
