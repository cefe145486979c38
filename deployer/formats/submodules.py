"""Submodules, by `.gitmodules`: their files are another repository's, which no commit of this one holds."""

import re

FILE = ".gitmodules"
_PATH = re.compile(rb"""^[ \t]*path[ \t]*=[ \t]*"?([^"\r\n]+?)"?[ \t]*\r?$""", re.MULTILINE)


def submodule_of(path: str, gitmodules: bytes) -> str:
    """The submodule that a path lies in, as its own path; "" where it lies in none. `gitmodules`: the content of `.gitmodules`."""
    folders = (match.decode("utf-8", "replace").strip("/") for match in _PATH.findall(gitmodules))
    return next((folder for folder in folders if path.startswith(f"{folder}/")), "")
