"""Parts of an HTML page, as an element tree: text of others can only become text, whatever is in it. The one place that makes elements of texts."""

import re
from collections.abc import Iterable, Sequence
from typing import Final
from xml.etree.ElementTree import Element

from deployer.render.escape import xml

_QUOTED: Final = re.compile(r"(?<!`)`([^`]+)`(?!`)")

Part = Element | str


def element(name: str, /, *parts: Part, **attributes: str) -> Element:
    """`element("td", "a < b", class_="wide")`. An attribute's name may end with `_`, and a `_` in it is a `-`."""
    made = Element(name, {key.rstrip("_").replace("_", "-"): xml(value) for key, value in attributes.items()})
    for part in parts:
        append(made, part)
    return made


def append(parent: Element, part: Part) -> None:
    if isinstance(part, Element):
        parent.append(part)
    elif len(parent):
        parent[-1].tail = (parent[-1].tail or "") + xml(part)
    else:
        parent.text = (parent.text or "") + xml(part)


def prose(text: str) -> list[Part]:
    """A sentence; what stands in backticks is code."""
    parts = _QUOTED.split(text)  # plain and quoted ones in turn
    return [element("code", part) if index % 2 else part for index, part in enumerate(parts) if part]


def code(text: str) -> Element:
    return element("code", text)


def paragraph(text: str, **attributes: str) -> Element:
    return element("p", *prose(text), **attributes)


def section(title: Part, *parts: Part, level: int = 2, **attributes: str) -> Element:
    return element("section", element(f"h{level}", title), *parts, **attributes)


def bullets(items: Iterable[Sequence[Part]]) -> Element:
    return element("ul", *(element("li", *item) for item in items))


def folded(title: str, *parts: Part, opened: bool = False) -> Element:
    details = element("details", element("summary", title), *parts)
    if opened:
        details.set("open", "")
    return details


def table(caption: str, columns: Sequence[str], rows: Iterable[Sequence[Part]]) -> Element:
    """It scrolls by itself where the page is narrow, by keyboard too. The first cell of a row is its header."""
    head = element("thead", element("tr", *(element("th", column, scope="col") for column in columns)))
    body = element("tbody", *(element("tr", element("th", row[0], scope="row"), *(element("td", cell) for cell in row[1:])) for row in rows))
    return scrolled(caption, element("table", element("caption", caption), head, body))


def scrolled(label: str, part: Element) -> Element:
    return element("div", part, class_="scroll", role="region", aria_label=label, tabindex="0")


def lines_block(lines: Iterable[str], **attributes: str) -> Element:
    """Lines of plain text, one below the other; of a diff each has its sign's colour."""
    block = element("pre", **attributes)
    for line in lines:
        marked = _LINE_CLASSES.get(line[:1], "")
        append(block, element("span", line, **({"class_": marked} if marked else {})))
        block[-1].tail = "\n"
    return block


_LINE_CLASSES: Final = {"+": "added", "-": "removed", "~": "changed", "!": "changed"}
