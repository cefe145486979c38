"""The pull request's comment: a marker nobody sees, then what the job summary says, as far as there is room."""

import hashlib
import json
import re
from collections.abc import Sequence
from typing import Final

from deployer.model.report import Report
from deployer.render.markdown import COMMENT_LIMIT, compose
from deployer.render.page import LimitedPage, size

MOST_LINES: Final = 60  # of the fields of one workflow
_ADDRESS = re.compile(r"https?://[\w.:/@~-]+", re.ASCII)


def marker(environment: str, manifest: str, files: Sequence[str] = ()) -> str:
    """The comment's first line. One for each environment and manifest (or list of files), so that jobs of a matrix keep apart."""
    about = json.dumps([environment, manifest, sorted(files)]).encode()
    return f"<!-- flowship:{hashlib.sha256(about).hexdigest()[:32]} -->"


def render(report: Report, mark: str, run_url: str, *, limit: int = COMMENT_LIMIT) -> str:
    """At most `limit` bytes, and so characters (at least 20,000). `run_url`: where the job summary is, "" when not known."""
    address = run_url if _ADDRESS.fullmatch(run_url) else ""
    more = f"the [job summary]({address}) has more" if address else "the job summary has more"
    first, last = f"{mark}\n", f"\n[Job summary]({address})\n" if address else ""
    return first + compose(report, LimitedPage(limit - size(first + last), more), most_lines=MOST_LINES) + last
