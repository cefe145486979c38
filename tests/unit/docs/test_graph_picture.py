"""The picture of a graph shows what is drawn today."""

import importlib.util
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).parents[3]


@pytest.fixture
def tool() -> ModuleType:
    spec = importlib.util.spec_from_file_location("graph_picture", ROOT / "tools/graph_picture.py")
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_the_picture_is_of_what_is_rendered_today(tool: ModuleType, theme: str) -> None:
    png = tool.PICTURES[theme].read_bytes()
    assert png.startswith(b"\x89PNG\r\n\x1a\n")
    assert tool.mark_of(png) == tool.fingerprint(tool.source()), "run `make graph-picture`, and look at the pictures"


def test_a_mark_is_found_again(tool: ModuleType) -> None:
    assert tool.mark_of(tool.marked(b"picture" + tool.END, b"a" * 64)) == b"a" * 64
    assert tool.mark_of(b"picture" + tool.END) == b""
