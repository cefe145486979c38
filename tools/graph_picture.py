"""Draws docs/graph-light.png and docs/graph-dark.png: the graph of a change, as a pull request's comment shows it.

`make graph-picture` runs it; it needs npm and Chromium (tests/e2e/drawing.sh installs both). Each picture holds the fingerprint of the
Mermaid text that it was drawn from, and a test compares that with what is rendered today.
"""

import hashlib
import json
import os
import struct
import subprocess
import sys
import tempfile
import zlib
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
DRAWING = ROOT / "tests" / "e2e" / "drawing.sh"
PICTURES = {theme: ROOT / "docs" / f"graph-{theme}.png" for theme in ("light", "dark")}
NAME = b"Flowship-Graph"
END = struct.pack(">I4sI", 0, b"IEND", zlib.crc32(b"IEND"))


def source() -> str:
    """The Mermaid text."""
    sys.path[:0] = [str(ROOT), str(ROOT / "tests" / "support")]
    from graph_samples import triage

    from deployer.render.mermaid import render

    return render(triage())


def fingerprint(text: str) -> bytes:
    return hashlib.sha256(text.encode()).hexdigest().encode()


def marked(png: bytes, mark: bytes) -> bytes:
    """The picture with the fingerprint in it, as a `tEXt` chunk before its end."""
    data = b"tEXt" + NAME + b"\0" + mark
    chunk = struct.pack(">I", len(data) - 4) + data + struct.pack(">I", zlib.crc32(data))
    return png.removesuffix(END) + chunk + END


def mark_of(png: bytes) -> bytes:
    """The fingerprint in the picture, b"" when it has none."""
    _, chunk, rest = png.partition(b"tEXt" + NAME + b"\0")
    return rest[:64] if chunk else b""


def main() -> None:
    text = source()
    installed = subprocess.run([DRAWING], stdout=subprocess.PIPE, text=True, check=True)  # noqa: S603 - our own file
    paths = dict(line.split("=", 1) for line in installed.stdout.splitlines())
    with tempfile.TemporaryDirectory() as folder:
        command = ["node", str(DRAWING.with_name("drawing") / "draw.mjs"), paths["FOLDER"], "mermaid-11", folder]
        environ = {**os.environ, "CHROMIUM": paths["CHROMIUM"], "SCALE": "1.5"}
        items = json.dumps([{"name": "graph", "text": text}])
        subprocess.run(command, input=items, env=environ, stdout=subprocess.DEVNULL, text=True, check=True)  # noqa: S603
        for theme, path in PICTURES.items():
            path.write_bytes(marked((Path(folder) / f"graph-{theme}.png").read_bytes(), fingerprint(text)))
            print(f"written  {path.relative_to(ROOT)}")


if __name__ == "__main__":
    main()
