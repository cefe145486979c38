"""The version stands in one place; the pages, the changelog and what `init` writes name the same one."""

import re
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from deployer import __version__
from deployer.commands.init.workflow_template import ACTION

if TYPE_CHECKING:
    from tests.unit.docs.conftest import Page

ROOT = Path(__file__).parents[3]
MAJOR = f"v{__version__.partition('.')[0]}"
OURS = r"(?:<OWNER>/flowship@|<OWNER>/flowship:|<OWNER>/flowship\" --ref |<OWNER>/flowship\n {4}rev: |<OWNER>/flowship 'refs/tags/)"


def test_pages_name_this_version_of_ours(pages: "Mapping[str, Page]") -> None:
    named = {(page.path, name) for page in pages.values() for name in re.findall(rf"{OURS}(v?\d[\w.-]*)", page.text)}
    assert len(named) > 5
    assert {name for _, name in named if name not in {MAJOR, f"v{__version__}", __version__}} == set()
    assert f"<OWNER>/flowship@{MAJOR}" == ACTION


def test_the_newest_section_of_the_changelog_is_this_version() -> None:
    newest = re.search(r"^## \[(.+?)\]", (ROOT / "CHANGELOG.md").read_text("utf-8"), re.MULTILINE)
    assert newest
    assert newest[1] == __version__


def test_the_package_leads_to_its_repository() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    assert {"Source", "Documentation", "Changelog", "Issues"} <= project["urls"].keys()
    assert all(url.startswith("https://github.com/<OWNER>/flowship") for url in project["urls"].values())
