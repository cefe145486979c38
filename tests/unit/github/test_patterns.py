"""GitHub's filter patterns: the examples of its own page, then the corners."""

import pytest

from deployer.github.patterns import matches
from deployer.model.errors import UsageError

YES = [
    ("feature/*", "feature/my-branch"),
    ("feature/**", "feature/beta-a/my-branch"),
    ("main", "main"),
    ("*", "releases"),
    ("**", "every/branch"),
    ("*feature", "ver-10-feature"),
    ("v2*", "v2.9"),
    ("v[12].[0-9]+.[0-9]+", "v1.10.1"),
    ("v[12].[0-9]+.[0-9]+", "v2.0.0"),
    ("*.jsx?", "page.js"),
    ("*.jsx?", "page.jsx"),
    ("**/README.md", "README.md"),
    ("**/README.md", "js/README.md"),
    ("docs/**/*.md", "docs/hello.md"),
    ("docs/**/*.md", "docs/a/b/hello.md"),
    ("**.js", "js/index.js"),
    ("v*, !v*-*", "v1.2.3"),
    ("v*\n!v*-*", "v1"),
    ("v*, !v*-*, v*-rc*", "v1-rc1"),
    (r"\!important", "!important"),
    (r"a\*b", "a*b"),
    (r"a\,b", "a,b"),
    ("a!b", "a!b"),
    ("+1", "+1"),
    ("v1.0", "v1.0"),
    ("a(b)|c^$", "a(b)|c^$"),
    ("v*+", "v1"),
    ("x**?", "x/y"),
    (" v1 ,\r\n\n v2 ", "v2"),
    ("v[0-9a-f]+", "v0ff"),
    ("[&&]a", "&a"),
    ("v*", "v1\n"),
]
NO = [
    ("feature/*", "feature/a/b"),
    ("main", "main2"),
    ("main", "xmain"),
    ("v*, !v*-*", "v1-rc1"),
    ("v*, !v*-*", "1.0"),
    ("!v*", "v1"),
    ("!v*", "other"),
    ("!v1, v*, !v2", "v2"),
    ("v[12].[0-9]+", "v3.0"),
    ("v[12].[0-9]+", "v1."),
    ("v1.0", "v1x0"),
    (r"a\*b", "axb"),
    ("V*", "v1"),
    ("", "v1"),
    (" ,\n", ""),
    ("a?", "aa"),
    ("a**/b", "ab"),
]


@pytest.mark.parametrize(("patterns", "name"), YES)
def test_matches(patterns: str, name: str) -> None:
    assert matches(patterns, name)


@pytest.mark.parametrize(("patterns", "name"), NO)
def test_does_not_match(patterns: str, name: str) -> None:
    assert not matches(patterns, name)


@pytest.mark.parametrize("pattern", ["v[1", "v[]", "v[9-0]", "v[a-]", "[-a]"])
def test_what_cannot_be_read_is_said(pattern: str) -> None:
    with pytest.raises(UsageError, match="cannot be read") as raised:
        matches(pattern, "v1")
    assert raised.value.fix
    assert pattern in raised.value.message
