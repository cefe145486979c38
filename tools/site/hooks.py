"""What MkDocs does differently for this repository's pages: `make site`.

Pages that stand at the repository's top are pages of the site too, links between pages lead to the site's, and links to other files to the
repository. Variables: SITE_REPOSITORY, `owner/name` on GitHub, for the placeholder `<OWNER>/flowship`; MERMAID, the file of Mermaid's that
draws the graphs.
"""

import os
import posixpath
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mkdocs.structure.files import File, Files

if TYPE_CHECKING:
    from mkdocs.config.defaults import MkDocsConfig
    from mkdocs.structure.pages import Page

ROOT = Path(__file__).resolve().parents[2]
PLACEHOLDER = "<OWNER>/flowship"
REPOSITORY = os.environ.get("SITE_REPOSITORY") or PLACEHOLDER
ADDRESS = f"https://github.com/{REPOSITORY}".replace("<OWNER>", "%3COWNER%3E")
MERMAID = "assets/mermaid.min.js"
# Pages of the site by their files in the repository, where the two differ.
MOVED = {
    "README.md": "index.md",
    "docs/README.md": "pages.md",
    "SECURITY.md": "security.md",
    "CHANGELOG.md": "changelog.md",
    "CONTRIBUTING.md": "contributing.md",
    "CODE_OF_CONDUCT.md": "code-of-conduct.md",
}
SOURCES = {page: source for source, page in MOVED.items()}
BADGES = re.compile(r"^(?:\[!\[.*\n)+\n", re.MULTILINE)  # their pictures would come from other servers
LINK = re.compile(r"(\]\(|src(?:set)?=\")(?!https?:|mailto:|#)([^)\s\"#]+)")


def on_config(config: "MkDocsConfig") -> "MkDocsConfig":
    # Not as `repo_url`: the theme would ask GitHub for its stars.
    config.extra["social"] = [{"icon": "fontawesome/brands/github", "link": ADDRESS, "name": "The repository"}]
    rules = sorted(path.name for path in (ROOT / "docs/rules").glob("*.md"))
    for section in config.nav or ():
        if "Rules" in section:
            section["Rules"] = [f"rules/{name}" for name in sorted(rules, key=lambda name: name != "README.md")]
    return config


def on_files(files: Files, config: "MkDocsConfig") -> Files:
    kept = [file for file in files if file.src_uri not in {"README.md", *SOURCES}]
    added = [File.generated(config, page, content=(ROOT / source).read_text("utf-8")) for source, page in MOVED.items()]
    added.append(File.generated(config, MERMAID, content=Path(os.environ["MERMAID"]).read_bytes()))
    return Files([*kept, *added])


def on_page_markdown(markdown: str, page: "Page", files: Files, **_: Any) -> str:
    """The text with links that lead to the site's pages, else to the repository's files."""
    here = page.file.src_uri
    folder = posixpath.dirname(SOURCES.get(here, f"docs/{here}"))

    def relink(match: re.Match[str]) -> str:
        target = posixpath.normpath(posixpath.join(folder, match[2]))
        moved = MOVED.get(target, target.removeprefix("docs/"))
        if files.get_file_from_path(moved) and (target in MOVED or target.startswith("docs/")):
            return match[1] + posixpath.relpath(moved, posixpath.dirname(here) or ".")
        return f"{match[1]}{ADDRESS}/blob/main/{target}"

    return LINK.sub(relink, BADGES.sub("", markdown)).replace(PLACEHOLDER, REPOSITORY)


def on_post_page(output: str, page: "Page", **_: Any) -> str:
    """Mermaid is loaded where there is a graph, from the site itself."""
    if 'class="mermaid"' not in output:
        return output
    script = posixpath.relpath(MERMAID, page.url or ".")
    return output.replace("</head>", f'<script src="{script}"></script></head>', 1)


def on_post_build(config: "MkDocsConfig") -> None:
    """Beside the pages their texts, a list of them for language models, and a start page that leads to the newest version."""
    site = Path(config.site_dir)
    rows = re.findall(r"^\| (.+?) \| \[(.+?)\]\((.+?)\) \|$", (ROOT / "docs/README.md").read_text("utf-8"), re.MULTILINE)
    for source in (ROOT / "docs").glob("*.md"):
        if source.name != "README.md":
            (site / source.name).write_text(source.read_text("utf-8").replace(PLACEHOLDER, REPOSITORY), "utf-8")
    links = (f"- [{title}](latest/{path}): {question}" for question, title, path in rows if (site / path).is_file())
    text = f"# Flowship\n\n> {config.site_description}: GPTBots and meinGPT.\n\n## Pages\n\n" + "\n".join(links) + "\n"
    (site.parent / "llms.txt").write_text(text, "utf-8")
    icon = '<link rel="icon" href="latest/assets/images/favicon.png">'  # else a browser asks for one that is not there
    start = f'<!doctype html><title>Flowship</title>{icon}<meta http-equiv="refresh" content="0; url=latest/"><a href="latest/">Flowship</a>\n'
    (site.parent / "index.html").write_text(start, "utf-8")
