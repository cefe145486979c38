"""The completion scripts: read by their shells, and made of the commands' own options."""

import shutil
import subprocess
from pathlib import Path

import pytest

from deployer.cli.args import rows_of
from deployer.cli.completion import completion_command
from deployer.config.inputs import LOCAL_COMMANDS, MODES

SHELLS = {"bash": ("-n",), "zsh": ("-n",), "fish": ("--no-execute",)}


def script_of(shell: str, capsys: pytest.CaptureFixture[str]) -> str:
    assert completion_command(shell) == 0
    return capsys.readouterr().out


@pytest.mark.parametrize("shell", SHELLS)
def test_script_names_our_page_for_where_to_put_it(shell: str, capsys: pytest.CaptureFixture[str]) -> None:
    comments = [line for line in script_of(shell, capsys).splitlines()[:8] if line.startswith("# Where") or "Usage" in line or "Copy" in line]
    assert len(comments) == 1
    assert comments[0].endswith("docs/command-line.md#completion")


@pytest.mark.parametrize("shell", SHELLS)
def test_script_names_every_command_and_option(shell: str, capsys: pytest.CaptureFixture[str]) -> None:
    script = script_of(shell, capsys)
    for command in MODES | LOCAL_COMMANDS:
        assert command in script
        for row in rows_of(command):
            assert row.name in script
    assert "api-key" not in script


@pytest.mark.parametrize("shell", SHELLS)
def test_its_shell_can_read_the_script(shell: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    if not shutil.which(shell):
        pytest.skip(f"{shell} is not installed")
    (tmp_path / "script").write_text(script_of(shell, capsys), "utf-8")
    done = subprocess.run([shell, *SHELLS[shell], str(tmp_path / "script")], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize(
    ("line", "offered"),
    [
        (["flowship", "dep"], {"deploy"}),
        (["flowship", "deploy", "--plan"], {"--plan-hash"}),
        (["flowship", "deploy", "--release", ""], {"never", "on-tag", "always", "force"}),
        (["flowship", "schema", "m"], {"manifest"}),
        (["flowship", "lint", "--p"], set()),
    ],
)
def test_bash_completes(line: list[str], offered: set[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "script").write_text(script_of("bash", capsys), "utf-8")
    words = " ".join(f"'{word}'" for word in line)
    ask = f"source ./script; COMP_WORDS=({words}); COMP_CWORD={len(line) - 1}; _shtab_flowship; printf '%s\\n' \"${{COMPREPLY[@]}}\""
    done = subprocess.run(["bash", "-c", ask], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert set(done.stdout.split()) == offered, done.stderr
