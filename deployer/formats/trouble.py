"""What a parser found wrong, before it is a finding: rule, words, and offsets instead of lines."""

from typing import NamedTuple

MAX_DEPTH = 200
"""Mappings and lists inside one another. A real flow needs four for each loop in a loop; Python's own recursion allows about 900."""


class SyntaxProblem(NamedTuple):
    """`start` and `end` are code-point offsets in the text, the end exclusive; -1 when the whole file is meant."""

    rule: str
    message: str
    fix: str
    start: int = -1
    end: int = -1


def too_deep(start: int) -> SyntaxProblem:
    return SyntaxProblem("file-too-deep", f"Lists and mappings are nested more than {MAX_DEPTH} deep here.", "Flatten the file.", start, start + 1)


def repeated_key(name: str, start: int, end: int) -> SyntaxProblem:
    from deployer.formats.quoting import shown

    fix = "Keep one of the two: readers differ in which one counts."
    return SyntaxProblem("file-duplicate-key", f"The key {shown(name)} is there already in the same mapping.", fix, start, end)


def not_finite(start: int, end: int) -> SyntaxProblem:
    fix = "Write a number, or put it in quotes if it is text."
    return SyntaxProblem("file-number", "NaN and Infinity are no numbers in JSON, and neither platform takes them.", fix, start, end)


def too_long_number(start: int, end: int) -> SyntaxProblem:
    return SyntaxProblem("file-number", "A number with thousands of digits.", "Put it in quotes if it is text.", start, end)
