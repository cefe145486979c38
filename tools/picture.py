"""Draws docs/demo.svg: what `make demo` prints, shortened. `make docs` runs it; the file is written only when the text changed.

What is left out: the address, plan hashes, request counts, GitHub's commands, and the sections that are not in `SHOWN`.
"""

import os
import re
import subprocess
import sys
from pathlib import Path

from rich._export_format import CONSOLE_SVG_FORMAT
from rich.console import Console
from rich.text import Text

ROOT = Path(__file__).resolve().parents[1]
PICTURE = ROOT / "docs" / "demo.svg"
COLUMNS = 100
SHOWN = ("What would a deploy do?", "A merge", "A tag", "Run it again")
LEFT_OUT = re.compile(r".*Notices?:|Plan hash|To apply exactly|gptbots:|meingpt:|::|\[\d+/\d+\]|Workflows$|Plan$|[\d.]+ s$|$")
TIMES = re.compile(r"\d+(?:\.\d+)? s\b")
FONTS = "ui-monospace, SFMono-Regular, Menlo, Consolas, 'DejaVu Sans Mono', monospace"


def demo() -> str:
    """The demo's whole output, in the colours of a terminal."""
    environment = {name: value for name, value in os.environ.items() if name != "NO_COLOR"} | {"PYTHONPATH": str(ROOT), "FORCE_COLOR": "1"}
    command = [sys.executable, str(ROOT / "examples" / "demo.py")]
    return subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=True).stdout  # noqa: S603 - our own file


def shortened(output: str) -> list[str]:
    """The lines that the picture shows, with their colours."""
    lines: list[str] = []
    for section in output.split("\n━━ ")[1:]:
        title, _, body = section.partition(" ━━\n")
        if title.startswith(SHOWN):
            lines += ["", f"━━ {title} ━━", *(line for line in body.splitlines() if not LEFT_OUT.match(Text.from_ansi(line).plain))]
    return lines[1:]


def draw(lines: list[str]) -> str:
    """The SVG, without the fonts that rich links to: pages that show it load nothing."""
    with Path(os.devnull).open("w", encoding="utf-8") as nowhere:
        console = Console(
            record=True, width=COLUMNS, file=nowhere, force_terminal=True, color_system="truecolor", legacy_windows=False, highlight=False
        )
        for line in lines:
            console.print(Text.from_ansi(line, style=_style(line)))
        # Not save_svg: it adds its own fonts to the template.
        template = re.sub(r"@font-face \{\{.*?\}\}\s*", "", CONSOLE_SVG_FORMAT, flags=re.DOTALL).replace("Fira Code, monospace", FONTS)
        return console.export_svg(title="make demo", code_format=template, unique_id="demo") + "\n"


def _style(line: str) -> str:
    if line.startswith("━━"):
        return "bold cyan"
    return "bold" if line.startswith(("$ ", "uses: ")) else ""


def same(one: str, other: str) -> bool:
    """Whether two pictures differ in nothing but durations."""
    return TIMES.sub("", _words(one)) == TIMES.sub("", _words(other))


def _words(svg: str) -> str:
    text = "".join(re.findall(r"<text [^>]*>([^<]*)</text>", svg))
    return re.sub(r"(?:&#160;|\s)+", " ", text)


def main() -> None:
    new = draw(shortened(demo()))
    if not PICTURE.exists() or not same(PICTURE.read_text(encoding="utf-8"), new):
        PICTURE.write_text(new, encoding="utf-8")
        print(f"written  {PICTURE.relative_to(ROOT)}")


if __name__ == "__main__":
    main()
