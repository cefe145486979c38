"""The demo (`make demo`): deploys the example repository to the embedded sandbox.

It runs the real program over real HTTP; only the platforms are the sandbox's. No request leaves the machine.
"""

import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from deployer.sandbox.server import running

HERE = Path(__file__).resolve().parent
KEYS = "TRIAGE=sandbox-workflow-triage\nTRIAGE_STAGING=sandbox-workflow-triage-staging\nMEINGPT=sandbox-acme\nMEINGPT_STAGING=sandbox-acme-staging\n"
# The answers of triage in the sandbox: a version whose prompt asks for one word gives one word.
ANSWERS: dict[str, Any] = {
    "when": [
        {"definition": "*in one word*", "answers": [{"output": "No.", "tokens": 120}], "then": "repeat"},
        {"input": "*money back*", "answers": [{"output": "Of course: you have the money within 14 days.", "tokens": 310}], "then": "repeat"},
        {"input": "*Thank you*", "answers": [{"output": "With pleasure!", "tokens": 180}], "then": "repeat"},
    ],
    "answers": [{"output": "I have escalated this to the engineer on duty.", "tokens": 420}],
    "then": "repeat",
}
TARGETS = {"gptbots": {"targets": {"triage": {"runs": ANSWERS}}}}


class Demo:
    """Runs commands in a copy of the example repository; a command that ends otherwise than expected ends the demo."""

    def __init__(self, root: Path, url: str) -> None:
        self.root = root
        kept = {name: os.environ[name] for name in ("PATH", "HOME", "TERM", "LANG", "NO_COLOR", "FORCE_COLOR") if name in os.environ}
        self.environment = {**kept, "FLOWSHIP_KEYS": KEYS, "FLOWSHIP_GPTBOTS_BASE_URL": url, "FLOWSHIP_MEINGPT_BASE_URL": url}

    def say(self, title: str) -> None:
        print(f"\n━━ {title} ━━", flush=True)

    def flowship(self, *arguments: str, code: int = 0) -> None:
        print(f"$ flowship {' '.join(arguments)}", flush=True)
        self._run([sys.executable, "-m", "deployer", *arguments], {}, code=code)

    def edit(self, path: str, old: str, new: str) -> None:
        """As a person would: one text for another."""
        text = (self.root / path).read_text(encoding="utf-8")
        assert old in text  # noqa: S101 - the example and this file belong together
        (self.root / path).write_text(text.replace(old, new), encoding="utf-8")
        print(f"{path}: {old.strip()!r} becomes {new.strip()!r}", flush=True)

    def github_step(self, tag: str) -> None:
        """What the action's container does when a tag is pushed: the same program, with the runner's variables and files."""
        files = self.root / ".runner"
        files.mkdir()
        event = {"ref": f"refs/tags/{tag}", "head_commit": {"message": "Answer faster"}, "repository": {"default_branch": "main"}}
        (files / "event.json").write_text(json.dumps(event))
        for name in ("summary.md", "output"):
            (files / name).touch()
        runner = {
            "GITHUB_ACTIONS": "true",
            "GITHUB_EVENT_NAME": "push",
            "GITHUB_EVENT_PATH": str(files / "event.json"),
            "GITHUB_REF": f"refs/tags/{tag}",
            "GITHUB_REF_NAME": tag,
            "GITHUB_REF_TYPE": "tag",
            "GITHUB_SHA": "c0ffee" + "0" * 34,
            "GITHUB_WORKSPACE": str(self.root),
            "GITHUB_STEP_SUMMARY": str(files / "summary.md"),
            "GITHUB_OUTPUT": str(files / "output"),
            "INPUT_MODE": "auto",
        }
        print("uses: <OWNER>/flowship@v1", flush=True)
        self._run([sys.executable, "-I", str(HERE.parent / "entrypoint.py")], runner, hidden="::add-mask::")
        self.say("The job summary that step wrote")
        print((files / "summary.md").read_text(), flush=True)

    def _run(self, command: list[str], more: Mapping[str, str], hidden: str = "", code: int = 0) -> None:
        """`hidden`: lines that begin so are swallowed by GitHub's runner, and here too."""
        environment = {**self.environment, "PYTHONPATH": str(HERE.parent), **more}
        ended = subprocess.run(command, cwd=self.root, env=environment, check=False, stdout=subprocess.PIPE if hidden else None, text=True)
        for line in (ended.stdout or "").splitlines():
            if not line.startswith(hidden):
                print(line, flush=True)
        if ended.returncode != code:
            sys.exit(f"The demo failed: exit code {ended.returncode}.")


def main() -> None:
    with tempfile.TemporaryDirectory(prefix="flowship-demo-") as folder, running(targets=TARGETS) as url:
        root = Path(folder) / "repository"
        shutil.copytree(HERE, root, ignore=shutil.ignore_patterns("demo.py", "__pycache__"))
        demo = Demo(root, url)
        print(f"A repository with three workflows, and both platforms on this machine at {url}.")
        demo.say("Are the keys valid, and which targets do they have?")
        demo.flowship("doctor", "--environment", "production")
        demo.say("What would a deploy do?")
        demo.flowship("plan")
        demo.say("A merge: GPTBots gets a draft; meinGPT has no drafts, so its workflows are held")
        demo.flowship("deploy")
        demo.say("A tag: the same as a GitHub step, and now it goes live")
        demo.github_step("v1.0.0")
        demo.say("Run it again: nothing changes")
        demo.flowship("deploy", "--release", "always")
        demo.say("An eval suite becomes a gate: this release passes its evals")
        demo.edit("flowship.yml", "    key: TRIAGE\n", "    key: TRIAGE\n    evals: evals/triage.yml\n")
        demo.edit("flows/triage.flow", "kindly and to the point", "kindly, and to the point")
        demo.flowship("deploy", "--release", "always", "--only", "triage")
        demo.say("The evals of this release fail, so it is rolled back automatically")
        demo.edit("flows/triage.flow", "kindly, and to the point", "kindly, and in one word")
        demo.flowship("deploy", "--release", "always", "--only", "triage", code=1)


if __name__ == "__main__":
    main()
