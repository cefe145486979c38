"""The site that `make site` builds, opened in a real browser from a plain server: found, searched and drawn without a request elsewhere."""

import functools
import http.server
import json
import os
import re
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
SITE = ROOT / ".venv/site"


@pytest.fixture(scope="module")
def set_up() -> dict[str, str]:
    found = subprocess.run([ROOT / "tests/e2e/drawing.sh"], stdout=subprocess.PIPE, text=True, check=True)
    return dict(line.split("=", 1) for line in found.stdout.splitlines())


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    """The built site, served; its links are checked while it is built."""
    built = subprocess.run(["make", "site"], cwd=ROOT, capture_output=True, text=True, timeout=300, check=False)
    assert built.returncode == 0, built.stdout + built.stderr

    class Quiet(http.server.SimpleHTTPRequestHandler):
        def log_message(self, *_: object) -> None: ...

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Quiet, directory=str(SITE))) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/"
        server.shutdown()


@pytest.fixture(scope="module")
def seen(set_up: dict[str, str], address: str) -> dict[str, Any]:
    pictures = [os.environ["FLOWSHIP_PICTURES"]] if "FLOWSHIP_PICTURES" in os.environ else []
    command = ["node", str(Path(__file__).with_name("site.mjs")), set_up["FOLDER"], address, *pictures]
    environ = {**os.environ, "CHROMIUM": set_up["CHROMIUM"]}
    done = subprocess.run(command, env=environ, capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, done.stderr
    found: dict[str, Any] = json.loads(done.stdout)
    return found


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_site_in_a_browser(seen: dict[str, Any], scheme: str) -> None:
    page = seen[scheme]
    assert page["title"].startswith("Flowship")
    assert any("rollback" in link for link in page["results"])
    assert page["heading"].startswith("Pull requests")
    assert page["graph"]["height"] > 100
    assert page["wide"] <= 360
    assert page["errors"] == []
    assert page["elsewhere"] == []


def test_dark_is_dark(seen: dict[str, Any]) -> None:
    brightness = {scheme: sum(map(int, re.findall(r"\d+", seen[scheme]["background"])[:3])) for scheme in ("light", "dark")}
    assert brightness["light"] > 600
    assert brightness["dark"] < 200


def test_pages_are_listed_for_language_models(address: str) -> None:
    text = (SITE / "llms.txt").read_text("utf-8")
    pages = re.findall(r"\]\((latest/[^)]+)\)", text)
    assert len(pages) > 15
    assert [page for page in pages if not (SITE / page).is_file()] == []
    assert address
