"""Texts that want to be more than text, and judges of every place where such a text may come out."""

import re
from collections.abc import Iterator

from markdown_it import MarkdownIt
from markdown_it.token import Token
from runner_grammar import Grammar

CANARY = "pwned"
TEXTS = {
    "a command": f"x\n::error::{CANARY}",
    "a command on a line of its own": f"  ::set-output name=ok::{CANARY}",
    "an old command": f"x ##[error]{CANARY}",
    "an end of our fence": f"::stop-commands::a\r::a::\r::warning::{CANARY}",
    "an output": f"x\nok={CANARY}\nok<<EOF\n{CANARY}\nEOF",
    "a row of a table": f"a | b |\n| {CANARY} | c |",
    "HTML": f"<script>{CANARY}</script><!-- flowship production -->",
    "mentions": "@team #12 GH-12 https://evil.example www.evil.example :tada:",
    "Markdown": "```\n# x\n[l](https://evil.example) ![i](https://evil.example/x.png)",
    "Mermaid": f'"]\nend\nclick n0 "javascript:{CANARY}"\nn9["%%{{init: {{}}}}%%',
}
COMMANDS = {"add-mask", "group", "endgroup", "error", "warning", "notice"}  # those that we give ourselves
HTML = re.compile(r"<!-- /?flowship[: ]\w+ -->\n?|<details><summary>[\w ]+(: \d+ nodes)?</summary>\n|</details>\n|</?span>")
LABEL = r'"(?:[^\W_]| |#\d+;|<br/>)*"'
STATEMENTS = re.compile(
    rf"flowchart TD|end|direction TB|subgraph n\d+\[{LABEL}\]|n\d+(?:\[{LABEL}\]|\(\[{LABEL}\]\)|\{{\{{{LABEL}\}}\}})"
    rf"|n\d+ (?:-->|==>|-\.->)(?:\|{LABEL}\|)? n\d+|classDef \w+ [\w:#,\- ]+|class [n\d,]+ \w+|linkStyle [\d,]+ [\w:#,\-]+"
)
_PARSER = MarkdownIt("commonmark").enable(["table", "strikethrough"])


def in_log(log: str) -> list[str]:
    """Commands that are not ours, and those of ours that a text alone would have made; fences hold."""
    found = Grammar().read(log)
    # A message may quote a text: it is the text alone, at the message's start, that would be a command of its own.
    return [str(each) for each in found if each.name not in COMMANDS or each.message.strip() == CANARY]


def in_outputs(outputs: dict[str, str], names: set[str]) -> list[str]:
    """Outputs that we do not have, or lack, and a value that is none of ours."""
    return [*sorted(set(outputs) ^ names), *([outputs["ok"]] if outputs.get("ok") not in ("true", "false") else [])]


def in_markdown(page: str, host: str) -> list[str]:
    """HTML, links, pictures, mentions, headings and rows that are not ours; `host` is where our own links lead. Mermaid's statements too."""
    every = [*_tokens(page)]
    found = [token.content for token in every if token.type in ("html_block", "html_inline") and not HTML.fullmatch(token.content)]
    found += [str(token.attrs) for token in every if token.type == "image"]
    found += [str(token.attrs["href"]) for token in every if token.type == "link_open" and not str(token.attrs["href"]).startswith(host)]
    plain = "\n".join(token.content for token in every if token.type in ("text", "text_special"))
    found += re.findall(r"@\w+|#\d+|GH-\d+|\w+://\S*|www\.\S*|:[\w+-]+:", plain, re.IGNORECASE)
    found += [token.info for token in every if token.type == "fence" and token.info not in ("mermaid", "diff", "text")]
    found += [token.tag for token in every if token.type == "heading_open" and token.tag not in ("h2", "h3", "h4")]
    found += [token.content for token in every if token.type == "inline" and token.content == CANARY]  # a cell, a row, a line of its own
    for token in every:
        if token.type == "fence" and token.info == "mermaid":
            found += [line for line in token.content.splitlines() if not STATEMENTS.fullmatch(line.strip())]
    return found


def _tokens(page: str) -> Iterator[Token]:
    for token in _PARSER.parse(page):
        yield token
        yield from token.children or []
