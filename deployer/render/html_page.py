"""One self-contained HTML page: no script, no image, no font and no address of anything else. Opened from a disk it looks as anywhere.

Its policy allows the one style that it carries, by its hash, and nothing else: no script could run even if one were in it.
"""

import hashlib
from base64 import b64encode
from collections.abc import Sequence
from typing import Final
from xml.etree.ElementTree import Element, tostring

from deployer.render.html_parts import element
from deployer.render.html_style import STYLE

_STYLE_HASH: Final = b64encode(hashlib.sha256(STYLE.encode()).digest()).decode()
POLICY: Final = f"default-src 'none'; style-src 'sha256-{_STYLE_HASH}'; base-uri 'none'; form-action 'none'"


def page(title: str, header: Sequence[Element], main: Sequence[Element], footer: Sequence[Element]) -> str:
    """The whole document."""
    style = Element("style")
    style.text = STYLE  # not a text to escape: it is what the policy's hash is of
    head = element(
        "head",
        element("meta", charset="utf-8"),
        element("meta", http_equiv="Content-Security-Policy", content=POLICY),
        element("meta", name="viewport", content="width=device-width, initial-scale=1"),
        element("meta", name="referrer", content="no-referrer"),
        element("meta", name="color-scheme", content="light dark"),
        element("title", title),
        style,
    )
    body = element("body", element("header", *header), element("main", *main), element("footer", *footer))
    text = tostring(element("html", head, body, lang="en"), encoding="unicode", method="html")
    return f"<!doctype html>\n{text}\n"
