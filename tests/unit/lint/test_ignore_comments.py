"""Comments for the linter: their forms, and the lines that they apply to."""

import pytest

from deployer.lint.ignore_comments import IgnoreComments, parse_comments
from deployer.model.finding import Finding, Span

TEXT = """\
# flowship: ignore http-timeout, workflow-unknown-key -- the whole file, and its first line
name: a
a: 1  # flowship: ignore workflow-unknown-key -- this line
# flowship: ignore workflow-unknown-key -- the next line that holds something
# another comment

b: 1
c: &anchor !!str |  # flowship: ignore expression-syntax -- the text that begins here
  {{ one
  # flowship: ignore workflow-unknown-key -- this is text
d: 1
e: "# flowship: ignore workflow-unknown-key -- text too"
"""


def test_comment_inside_a_text_is_no_comment() -> None:
    assert [comment.first for comment in parse_comments(TEXT)] == [2, 3, 7, 8]


@pytest.mark.parametrize(
    ("comment", "rules", "reason"),
    [
        ("# flowship: ignore a-b", ("a-b",), ""),
        ("#flowship:ignore a-b--why", ("a-b--why",), ""),
        ("# flowship: ignore a-b ,  c-d,a-b -- why, -- so", ("a-b", "c-d"), "why, -- so"),
        ("# flowship: ignore a-b --", ("a-b",), ""),
        ("# flowship: ignore", (), ""),
        ("# flowship: ignore *", (), ""),
        ("# flowship: ignore a b -- why", (), ""),
        ("# flowship: disable a-b", (), ""),
    ],
)
def test_comment_forms(comment: str, rules: tuple[str, ...], reason: str) -> None:
    for ending in ("\n", "\r\n"):
        (read,) = parse_comments(f"a: 1{ending}b: 2  {comment}{ending}")
        assert (read.rules, read.reason, read.span[:2]) == (rules, reason, (2, 7))


@pytest.mark.parametrize(("line", "applies"), [(1, False), (2, True), (3, True), (4, False)])
def test_comment_covers_every_line_of_the_text_that_begins_there(line: int, applies: bool) -> None:
    comments = IgnoreComments(parse_comments("a: 1\nb: |  # flowship: ignore rule -- why\n  text\nc: 1\n"))
    assert bool(comments.matching(Finding("rule", "error", "", "", "a.yaml", Span(line, 1, line, 2)))) == applies


def test_only_a_comment_above_all_content_covers_the_file() -> None:
    whole = Finding("rule", "error", "", "", "a.yaml", None)
    assert IgnoreComments(parse_comments("# flowship: ignore rule -- why\na: 1\n")).matching(whole)
    assert not IgnoreComments(parse_comments("a: 1\n# flowship: ignore rule -- why\nb: 1\n")).matching(whole)
