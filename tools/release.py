"""A release of this repository: `check VERSION`, `notes VERSION`, `publish VERSION IMAGE@sha256:DIGEST`.

A release is a commit of its own, beside the main branch: the tree that was tested, with an action.yml that names its image by digest.
The tag `vX.Y.Z` never moves, `vX` moves to the newest. On the main branch action.yml builds from the Dockerfile.
"""

import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

VERSION = r"v(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)(-[0-9A-Za-z.-]+)?"
IMAGE = r"[a-z0-9.-]+(?::\d+)?(?:/[a-z0-9._-]+)+@sha256:[0-9a-f]{64}"
BUILT = "\n  image: Dockerfile\n"
AUTHOR = ("-c", "user.name=github-actions[bot]", "-c", "user.email=41898282+github-actions[bot]@users.noreply.github.com")


class Refused(Exception):  # noqa: N818 - not a failure of the script's
    """The request is wrong; its text says how to correct it."""


def git(*words: str) -> str:
    return subprocess.run(("git", *words), check=True, stdout=subprocess.PIPE, text=True).stdout.strip()  # noqa: S603, S607 - our own words


def check(version: str) -> str:
    """Nothing is tagged yet, and the sources agree that this is the version. Raises Refused."""
    if not re.fullmatch(VERSION, version):
        raise Refused(f"{version!r} is no version. Write it as v1.2.3 or v1.2.3-rc.1.")
    source = re.search(r'^__version__ = "(.+)"$', Path("deployer/__init__.py").read_text("utf-8"), re.MULTILINE)
    current = source[1] if source else "nothing"
    if version != f"v{current}":
        raise Refused(f"deployer/__init__.py has version {current}, not {version}. Set __version__, or release v{current}.")
    notes(version)
    if git("ls-remote", "--tags", "origin", f"refs/tags/{version}"):
        raise Refused(f"{version} already exists, and a version never changes. Choose the next one.")
    return f"{version} can be released."


def notes(version: str) -> str:
    """The section of CHANGELOG.md on the version. Raises Refused when there is none, or an empty one."""
    text = Path("CHANGELOG.md").read_text("utf-8")
    section = re.search(rf"^## \[{re.escape(version.removeprefix('v'))}\][^\n]*\n(.*?)(?=^## \[|^\[|\Z)", text, re.MULTILINE | re.DOTALL)
    if not section or not section[1].strip():
        raise Refused(f"CHANGELOG.md has no text under `## [{version.removeprefix('v')}]`. Move the unreleased entries there.")
    return section[1].strip()


def publish(version: str, image: str) -> str:
    """Commit, tag and push: the version and the moving tag, both or neither; nothing when that was done with this image. Raises Refused."""
    if _is_published(version, image):
        return f"{version} already exists, and runs {image}."
    check(version)
    if not re.fullmatch(IMAGE, image):
        raise Refused(f"{image!r} does not name an image by its digest.")
    action = Path("action.yml")
    text = action.read_text("utf-8")
    if text.count(BUILT) != 1:
        raise Refused("action.yml does not build from the Dockerfile: this is not the main branch's.")
    git("checkout", "--quiet", "--detach")
    action.write_text(text.replace(BUILT, f"\n  image: docker://{image}\n"), "utf-8")
    git(*AUTHOR, "commit", "--quiet", "--message", f"Release {version}", "--", "action.yml")
    git(*AUTHOR, "tag", "--annotate", version, "--message", f"Flowship {version}")
    git("push", "--quiet", "--atomic", "origin", f"refs/tags/{version}", *_moving(version))
    return f"{version} is {git('rev-parse', 'HEAD')}, and runs {image}."


def _is_published(version: str, image: str) -> bool:
    """Whether the version exists with this image: the job runs again when a step after the push failed."""
    if not (re.fullmatch(VERSION, version) and git("ls-remote", "--tags", "origin", f"refs/tags/{version}")):
        return False
    git("fetch", "--quiet", "--depth=1", "origin", f"refs/tags/{version}")
    return f"\n  image: docker://{image}\n" in git("show", "FETCH_HEAD:action.yml") + "\n"


def _moving(version: str) -> tuple[str, ...]:
    """The ref of `v1`, which moves to the newest v1.x.y; none for an older version or a pre-release."""
    major = version.split(".", maxsplit=1)[0]
    if "-" in version or any(_numbers(tag) > _numbers(version) for tag in _released(major)):
        return ()
    git("tag", "--force", major, f"{version}^{{commit}}")
    return (f"+refs/tags/{major}",)


def _released(major: str) -> list[str]:
    listed = git("ls-remote", "--tags", "--refs", "origin", f"refs/tags/{major}.*").splitlines()
    tags = [line.rpartition("/")[2] for line in listed]
    return [tag for tag in tags if re.fullmatch(VERSION, tag) and "-" not in tag]


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(map(int, version.removeprefix("v").split(".")))


COMMANDS: dict[str, Callable[..., str]] = {"check": check, "notes": notes, "publish": publish}


def main(words: list[str]) -> int:
    try:
        print(COMMANDS[words[0]](*words[1:]))
    except (Refused, KeyError, IndexError, TypeError) as error:
        print(error if isinstance(error, Refused) else __doc__, file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
