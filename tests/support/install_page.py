"""The commands of docs/install.md, and this checkout as the repository that they install from."""

import re
import shutil
import subprocess
from pathlib import Path

from act_runner import GIT

from deployer import __version__

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs/install.md").read_text("utf-8")
ADDRESS = "https://github.com/<OWNER>/flowship"


def block(start: str) -> str:
    """The one command of the page that starts with these words."""
    commands: list[str] = re.findall(r"^```sh\n(.*?)\n```$", PAGE, re.MULTILINE | re.DOTALL)
    (command,) = (command for command in commands if command.startswith(start))
    return command


def publish(folder: Path) -> Path:
    """This checkout, what is not committed included, as a repository with the tag of its version."""
    listed = subprocess.run(["git", "ls-files", "--cached", "--others", "--exclude-standard"], cwd=ROOT, capture_output=True, text=True, check=True)
    for name in listed.stdout.splitlines():
        if (ROOT / name).is_file():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, folder / name)
    for words in (("init", "-q"), ("add", "."), ("commit", "-q", "-m", "Flowship"), ("tag", f"v{__version__}")):
        subprocess.run([*GIT, *words], cwd=folder, check=True)
    return folder
