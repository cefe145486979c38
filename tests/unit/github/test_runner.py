"""The runner's log, read back by a reader of its grammar: no text of others is ever a command."""

import os
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import pytest

from deployer.github.runner import MAX_SUMMARY_BYTES, Runner
from deployer.model.annotation import Annotation
from deployer.model.secret import Redactor, Secret
from deployer.model.text import one_line
from deployer.render.escape import has_command_syntax, log_line

REPOSITORY = Path(__file__).parents[3]


def test_the_reader_finds_the_attacks_when_nothing_is_escaped(attacks: dict[str, str], log: Any) -> None:
    log._stream.write("\n".join(attacks.values()).encode("utf-8", "backslashreplace").decode())
    log._stream.flush()
    names = {command.name.lower() for command in log.commands(respects_stop=False)}
    assert {"error", "set-output", "add-mask", "command", "endgroup"} <= names


@pytest.mark.parametrize("level", ["info", "notice", "warning", "error"])
def test_no_line_starts_a_command(attack: str, level: Any, log: Any) -> None:
    log.runner.line(attack, level)
    log.runner.line(f"  {attack}", level)
    assert log.commands() == []
    assert log.commands(respects_stop=False) in ([], [(log.runner._token, {}, "")] * 2)


def test_a_fence_ends_with_its_line(log: Any) -> None:
    log.runner.line("::stop-commands::guess")
    log.runner.annotate(Annotation("error", "t", "ours"))
    assert [command.message for command in log.commands()] == ["ours"]


def test_plain_lines_stand_without_a_fence(log: Any) -> None:
    log.runner.line("triage: released, 1.0.3, live")
    log.runner.line("größer 🚀 日本")
    assert log.text() == "triage: released, 1.0.3, live\ngrößer 🚀 日本\n"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("a\nb", "a\\nb"),
        ("a\rb", "a\\rb"),
        ("::error::x", ": :error::x"),
        (" ##[error]x", " # #[error]x"),
        ("\x1b[31m", "\\x1b[31m"),
        ("a::b", "a::b"),
        ("a\u202eb\u200b", "a\\u202eb\\u200b"),
    ],
)
def test_what_was_escaped_can_still_be_read(text: str, shown: str) -> None:
    assert log_line(text) == shown
    assert log_line(shown) == shown
    assert has_command_syntax(text)


def test_groups_annotations_and_progress_carry_hostile_text(attack: str, log: Any) -> None:
    runner: Runner = log.runner
    with runner.group(attack), runner.progress(2) as advance:
        advance(lambda: attack)
        with runner.group(attack):
            advance(lambda: attack)
    runner.annotate(Annotation("warning", attack, attack, path=attack, line=3, end_line=3, column=1, end_column=2))
    commands = log.commands()
    assert [command.name for command in commands] == ["group", "endgroup", "warning"]
    assert commands[0].message == log_line(attack)
    assert commands[2].message == "\n".join(map(one_line, attack.split("\n")))
    expected = {"title": one_line(attack), "file": one_line(attack), "line": "3", "endLine": "3", "col": "1", "endColumn": "2"}
    assert commands[2].properties == {name: value for name, value in expected.items() if value}


def test_progress_counts_across_threads(log: Any) -> None:
    with log.runner.progress(20) as advance:
        threads = [threading.Thread(target=advance, args=(lambda: "w",)) for number in range(20)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert [line.split()[0] for line in log.plain()] == [f"[{number}/20]" for number in range(1, 21)]


def test_columns_are_left_out_over_several_lines(log: Any) -> None:
    log.runner.annotate(Annotation("error", "", "m", path="a.flow", line=1, column=2, end_line=4, end_column=5))
    assert log.commands() == [("error", {"file": "a.flow", "line": "1", "endLine": "4"}, "m")]


def test_every_form_of_a_secret_is_masked_line_by_line(log: Any) -> None:
    log.runner.mask(Redactor([Secret("s3cr%t/value,:x"), Secret("first-line\nab\nthird-line"), Secret("short")]))
    masks = [command.message for command in log.commands()]
    assert {"s3cr%t/value,:x", "s3cr%25t%2Fvalue%2C%3Ax", "first-line", "third-line", "first-line\\nab\\nthird-line"} <= set(masks)
    assert {"czNjciV0L3ZhbHVlLDp4", "MzY3IldC92YWx1ZSw6e", "zM2NyJXQvdmFsdWUsOn"} <= set(masks)
    assert all(len(mask) >= 6 and "\n" not in mask for mask in masks)
    assert {command.name for command in log.commands()} == {"add-mask"}


def test_outputs_come_back_as_they_were(attacks: dict[str, str], log: Any) -> None:
    values = {f"n{index}": text for index, text in enumerate([*attacks.values(), "a=b", "x<<y\nz\ny", "ghadelimiter_", "last\n"])}
    written = [log.runner.set_output(name, value) for name, value in values.items()]
    assert all(written)
    assert log.outputs() == {name: value.encode("utf-8", "backslashreplace").decode() for name, value in values.items()}


@pytest.mark.parametrize("path", ["", "/nowhere/at/all", "nul\0"])
def test_a_missing_file_is_a_notice(path: str, tmp_path: Path) -> None:
    with (tmp_path / "log").open("w", encoding="utf-8") as stream:
        runner = Runner({"GITHUB_OUTPUT": path, "GITHUB_STEP_SUMMARY": path}, stream)
        assert not runner.set_output("ok", "true")
        assert not runner.append_summary("# Hello")
    assert (tmp_path / "log").read_text().count("Notice:") == 2


def test_the_summary_stays_within_its_limit_over_all_appends(log: Any) -> None:
    assert log.runner.append_summary("# First")
    for _ in range(5):
        log.runner.append_summary("ä line of text\n" * 20_000)
    text = log.summary.read_bytes().decode()
    assert 0.9 * MAX_SUMMARY_BYTES < len(text.encode()) <= MAX_SUMMARY_BYTES
    assert text.startswith("# First\nä line")
    assert text.rstrip().endswith("GitHub takes 1 MiB a step.")
    assert "summary is full" in log.text()


def test_an_ascii_stream_takes_everything(tmp_path: Path) -> None:
    with (tmp_path / "log").open("w", encoding="ascii") as stream:
        Runner({}, stream).line("größer 🚀")
    assert (tmp_path / "log").read_text() == "gr\\xf6\\xdfer \\U0001f680\n"


SCRIPT = """
import json, os, sys, threading
from deployer.github.runner import Runner
runner = Runner(os.environ)
with runner.guard():
    for text in json.load(open(sys.argv[1])):
        print(text)
        print(text, file=sys.stderr)
        sys.stdout.write(text)
        thread = threading.Thread(target=lambda text=text: json.loads(text + "{"))
        thread.start()
        thread.join()
    print("requests" in sys.modules, end="")
"""


def test_nothing_printed_or_thrown_by_anyone_starts_a_command(attacks: dict[str, str], tmp_path: Path, log: Any) -> None:
    import json

    (tmp_path / "attacks.json").write_text(json.dumps(list(attacks.values())))
    environ = {"PYTHONPATH": str(REPOSITORY), "PATH": os.environ["PATH"], "LANG": "C.UTF-8"}
    done = subprocess.run([sys.executable, "-c", SCRIPT, tmp_path / "attacks.json"], env=environ, capture_output=True, check=True)
    assert done.stderr == b""
    log._stream.write(done.stdout.decode())
    log._stream.flush()
    assert log.commands() == []
    assert "JSONDecodeError" in log.text()
    assert log.plain()[-1] == "False"


def test_the_guard_gives_the_streams_back(log: Any, capsys: pytest.CaptureFixture[str]) -> None:
    before = sys.stdout, sys.stderr
    with log.runner.guard():
        sys.stderr.write("::error::half a ")
        sys.stderr.write("line")
    assert (sys.stdout, sys.stderr) == before
    assert log.commands() == []
    assert ": :error::half a line" in log.text()
    assert capsys.readouterr() == ("", "")
