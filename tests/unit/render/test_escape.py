"""Attacks on Markdown, read by a Markdown parser, and on terminals and XML."""

import re
from collections.abc import Iterator
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from markdown_it.token import Token

from deployer.model.text import one_line
from deployer.render.escape import code, markdown, terminal, xml

PARSER = MarkdownIt("commonmark").enable(["table", "strikethrough"])
HARMLESS = {"paragraph_open", "paragraph_close", "inline", "text", "text_special", "code_inline"}
IN_TABLE = HARMLESS | {f"{part}_{end}" for part in ("table", "thead", "tbody", "tr", "th", "td") for end in ("open", "close")}

ATTACKS = [
    "a|b|c",
    "a\\|b",
    "a\\\\|b",
    "one\ntwo\n\n# three",
    "one\r\n- two",
    "`code` and ``more` ```x",
    "` | `",
    "\\`a`",
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "<!-- hidden -->",
    "&lt;b&gt; &#64;team &commat;team",
    "[link](http://evil.example)",
    "![image](http://evil.example/x.png)",
    "[a]: http://evil.example",
    "<http://evil.example>",
    "http://evil.example www.evil.example WWW.evil.example ftp://x mailto:a@b.example",
    "@team @org/team a@b.example",
    "#12 org/repo#12 GH-12 gh-12",
    "**bold** __bold__ *it* _it_ ~~gone~~",
    ":tada: :+1: a:b:c :white_check_mark:",
    "$x$ $$y$$ $`z`$",
    "\u202etxet\u202c te\u200bam @\u200bx",
    "\x1b]8;;http://evil.example\x1b\\x\x1b]8;;\x1b\\",
    "[^1] [!NOTE]",
    "",
    "   ",
    "trailing \\",
    "|",
    "`",
    "😀 größer 日本",
]


def tokens(text: str) -> Iterator[Token]:
    for token in PARSER.parse(text):
        yield token
        yield from token.children or []


def shown(text: str) -> str:
    """The text a reader sees, without the zero-width breaks."""
    return "".join(token.content for token in tokens(text) if token.type in ("text", "text_special")).replace("\u200b", "")


def dangers(text: str) -> list[str]:
    """What GitHub would link or call after Markdown is done, outside of code."""
    plain = "\n".join(token.content for token in tokens(text) if token.type in ("text", "text_special"))
    return re.findall(r"@\w|#\d|GH-\d|\w+://|www\.|:[\w+-]+:", plain, re.IGNORECASE)


@pytest.mark.parametrize("attack", ATTACKS)
@pytest.mark.parametrize("place", ["- {}", "**Next:** {} end", "a ({}) b"])
def test_a_sentence_stays_a_sentence(attack: str, place: str) -> None:
    page = place.format(markdown(attack))
    kinds = {token.type for token in tokens(page)} - HARMLESS - {"bullet_list_open", "bullet_list_close", "list_item_open", "list_item_close"}
    assert kinds - {"strong_open", "strong_close"} <= ({"html_inline"} if "$" in attack else set())
    assert all(token.content in ("<span>", "</span>") for token in tokens(page) if token.type == "html_inline")
    assert dangers(page) == []


@pytest.mark.parametrize("attack", ATTACKS)
@pytest.mark.parametrize("function", [markdown, code])
def test_a_table_keeps_its_cells(attack: str, function: object) -> None:
    assert callable(function)
    page = f"| A | B |\n|---|---|\n| {function(attack, cell=True)} | last |\n"
    found = list(tokens(page))
    assert {token.type for token in found} - IN_TABLE <= ({"html_inline"} if "$" in attack else set())
    assert sum(token.type == "td_open" for token in found) == 2
    assert [token.content for token in found if token.type == "inline"][-1] == "last"
    assert dangers(page) == []


@pytest.mark.parametrize("attack", [attack for attack in ATTACKS if "`" not in attack and "$" not in attack])
def test_a_reader_sees_what_was_written(attack: str) -> None:
    assert shown(f"x {markdown(attack)}")[2:].strip() == one_line(attack).strip()


@given(st.text(alphabet=st.sampled_from("`ab |\\<*_[")))
def test_a_code_span_shows_what_was_written(text: str) -> None:
    (span,) = [token for token in tokens(f"x {code(text)} y") if token.type == "code_inline"]
    assert span.content.strip() == text.strip()


@given(st.text(alphabet=st.sampled_from("`a |\\<*_[]()!@#")))
def test_no_mixture_becomes_structure(text: str) -> None:
    assert {token.type for token in tokens(f"x {markdown(text)} y")} <= HARMLESS
    assert dangers(f"x {markdown(text)} y") == []


@pytest.mark.parametrize("attack", ATTACKS)
def test_a_terminal_gets_one_line_without_controls(attack: str) -> None:
    assert len(terminal(attack).splitlines()) <= 1
    assert not re.search(r"[\x00-\x1f\x7f-\x9f\u202a-\u202e]", terminal(attack))


@given(st.text())
def test_xml_stays_well_formed(text: str) -> None:
    element = ET.Element("e", a=xml(text))
    element.text = xml(text)
    read = ET.fromstring(ET.tostring(element, encoding="unicode"))
    assert read.get("a") == read.text or (not read.text and not read.get("a"))
