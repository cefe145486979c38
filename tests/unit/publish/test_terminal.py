"""The terminal and the pipe, fed with markup, control sequences and hostile names; colour, the activity line, the question."""

import io
import os
import re
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Self

import pytest

from deployer.model.console import Console
from deployer.publish import activity, terminal
from deployer.publish.terminal import open_console, open_prompt

REPOSITORY = Path(__file__).parents[3]
HOSTILE = "a|b\n::error::x ##[error]y\r \x1b[31m\u202e\u200b :tada: \ud800"
CONTROL = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]|\r")


class Screen(io.StringIO):
    def isatty(self) -> bool:
        return True


def speak(to: Console, text: str) -> None:
    with to.group(text):
        to.line(text, "error")
        with to.progress(2) as advance:
            advance(lambda: text)
            to.line("between")
            advance(lambda: text)


def test_a_pipe_is_plain() -> None:
    stream = io.StringIO()
    speak(open_console(stream, {}), "[bold]x[/bold]\n\x1b[31m")
    shown = "[bold]x[/bold]\\n\\x1b[31m"
    assert stream.getvalue() == f"{shown}\nerror: {shown}\nbetween\n"


def test_a_wide_line_breaks_between_words_and_keeps_what_is_to_be_copied_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(terminal, "columns", lambda: 40)
    screen = Screen()
    console = open_console(screen, {"NO_COLOR": "1"})
    console.line("  Read what failed, then run `flowship eval --suite all` again.", "error")
    console.line("+ a line of a file that is wider than the terminal stays as it is", "added")
    console.line("x" * 50)
    assert screen.getvalue() == (
        "error:   Read what failed, then run\n      `flowship eval --suite all` again.\n"
        "+ a line of a file that is wider than the terminal stays as it is\n" + "x" * 50 + "\n"
    )


@pytest.mark.parametrize(
    ("environ", "is_terminal", "coloured"),
    [
        ({}, True, True),
        ({"TERM": "dumb"}, True, False),
        ({"NO_COLOR": "1"}, True, False),
        ({"NO_COLOR": ""}, True, True),
        ({}, False, False),
        ({"FORCE_COLOR": "1"}, False, True),
        ({"FORCE_COLOR": "0"}, True, False),
        ({"FORCE_COLOR": "1", "NO_COLOR": "1"}, False, False),
    ],
)
def test_colour(environ: dict[str, str], is_terminal: bool, coloured: bool) -> None:
    stream = Screen() if is_terminal else io.StringIO()
    console = open_console(stream, environ)
    for level, line in (("added", "+ a"), ("changed", "  ~ b"), ("removed", "- c"), ("warning", "d"), ("info", "+ e")):
        console.line(line, level)  # type: ignore[arg-type]
    plain = "+ a\n  ~ b\n- c\nwarning: d\n+ e\n"
    painted = "\x1b[32m+\x1b[0m a\n  \x1b[33m~\x1b[0m b\n\x1b[31m-\x1b[0m c\n\x1b[33mwarning: d\x1b[0m\n+ e\n"
    assert stream.getvalue() == (painted if coloured else plain)


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(activity, "WAIT_S", 0.01)
    monkeypatch.setattr(activity, "FRAME_S", 0.01)


def wait_for(screen: io.StringIO, text: str) -> None:
    ends = time.monotonic() + 10
    while text not in screen.getvalue():
        assert time.monotonic() < ends, screen.getvalue()
        time.sleep(0.01)


@pytest.mark.usefixtures("quick")
def test_activity_is_counted_and_leaves_no_mark() -> None:
    out, errors = Screen(), Screen()
    console = open_console(out, {}, errors=errors)
    with console.activity("Deploying"), console.activity("inner"):
        wait_for(errors, "Deploying")
        assert "0/0" not in errors.getvalue()
        with console.progress(2) as advance:
            advance(lambda: f"triage {HOSTILE}")
            wait_for(errors, "Deploying 1/2 triage")
        console.line("between")
    assert errors.getvalue().endswith("\r\x1b[K")
    assert "inner" not in errors.getvalue()
    assert out.getvalue() == "between\n"
    assert CONTROL.sub("", errors.getvalue()).isprintable()


@pytest.mark.usefixtures("quick")
def test_activity_of_less_than_half_a_second_shows_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(activity, "WAIT_S", 30)
    errors = Screen()
    with open_console(Screen(), {}, errors=errors).activity("Planning"):
        pass
    assert errors.getvalue() == ""


@pytest.mark.usefixtures("quick")
def test_activity_does_not_flash_after_a_line(monkeypatch: pytest.MonkeyPatch) -> None:
    """A run that ends at once after a question, or prints line after line, is seen at work."""
    errors = Screen()
    console = open_console(Screen(), {}, errors=errors)
    with console.activity("Planning"):
        wait_for(errors, "Planning")
        monkeypatch.setattr(activity, "WAIT_S", 30)
        console.line("printed")
        shown = errors.getvalue()
        time.sleep(0.1)
        assert errors.getvalue() == shown


@pytest.mark.usefixtures("quick")
@pytest.mark.parametrize(
    ("stream", "errors", "environ"),
    [(io.StringIO(), Screen(), {}), (Screen(), io.StringIO(), {}), (Screen(), Screen(), {"TERM": "dumb"})],
)
def test_activity_is_for_a_terminal(stream: io.StringIO, errors: io.StringIO, environ: dict[str, str]) -> None:
    with open_console(stream, environ, errors=errors).activity("Planning"):
        time.sleep(0.1)
    assert (stream.getvalue(), errors.getvalue()) == ("", "")


class Keyboard:
    """What a person types, through a real descriptor."""

    def __init__(self, typed: bytes | None) -> None:
        reader, writer = os.pipe()
        self._file, self._writer = os.fdopen(reader), os.fdopen(writer, "wb")
        if typed is not None:
            self._writer.write(typed)
            self._writer.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()
        self._writer.close()

    def fileno(self) -> int:
        return self._file.fileno()

    def isatty(self) -> bool:
        return True

    def readline(self) -> str:
        return self._file.readline()


@pytest.mark.parametrize(("typed", "answer"), [(b"yes\n", "yes"), (b" no \n", "no"), (b"", "")])
def test_question_is_answered_on_its_line(typed: bytes, answer: str) -> None:
    screen = Screen()
    with Keyboard(typed) as keyboard:
        ask = open_prompt(open_console(screen, {"NO_COLOR": "1"}), {}, keyboard)
        assert ask is not None
        assert ask("Apply this plan?", lambda: False) == answer
    assert screen.getvalue() == "Apply this plan? "


def test_question_is_over_when_the_run_is_stopped() -> None:
    screen = Screen()
    with Keyboard(None) as keyboard:
        ask = open_prompt(open_console(screen, {}), {}, keyboard)
        assert ask is not None
        assert ask("Apply?", lambda: True) is None
    assert screen.getvalue().endswith("\n")


def test_nobody_is_asked_in_ci_or_without_a_terminal() -> None:
    with Keyboard(b"yes\n") as keyboard:
        assert open_prompt(open_console(Screen(), {}), {"CI": "true"}, keyboard) is None
        assert open_prompt(open_console(io.StringIO(), {}), {}, keyboard) is None
    with open(os.devnull) as nothing:
        assert open_prompt(open_console(Screen(), {}), {}, nothing) is None


def test_a_terminal_shows_text_as_it_is() -> None:
    screen = Screen()
    speak(open_console(screen, {}), f"[red]{HOSTILE}[/red] [link=http://evil.example]x[/link]")
    plain = CONTROL.sub("", screen.getvalue())
    assert "error: [red]a|b\\n::error::x" in plain
    assert "[link=http://evil.example]x[/link]" in plain
    assert ":tada:" in plain
    assert "\x1b]8" not in screen.getvalue()
    assert "\x1b[1;31merror:" in screen.getvalue()


def test_no_color_takes_the_colours() -> None:
    screen = Screen()
    speak(open_console(screen, {"NO_COLOR": "1"}), "x")
    assert not re.search(r"\x1b\[[0-9;]*3[0-7]m", screen.getvalue())
    assert "error: x" in screen.getvalue()


def test_a_long_line_is_not_broken() -> None:
    screen = Screen()
    open_console(screen, {}).line("w" * 500)
    assert "w" * 500 in screen.getvalue()


def test_lines_from_threads_stay_whole() -> None:
    stream = io.StringIO()
    plain = open_console(stream, {})
    threads = [threading.Thread(target=plain.line, args=(str(number) * 50,)) for number in range(10)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(stream.getvalue().splitlines()) == [str(number) * 50 for number in range(10)]


def test_a_stream_that_knows_only_ascii() -> None:
    script = "import sys; from deployer.publish.terminal import open_console; open_console(sys.stdout, {}).line('größer 🚀 \\ud800')"
    environ = {"PYTHONPATH": str(REPOSITORY), "PYTHONIOENCODING": "ascii", "PYTHONUTF8": "0"}
    done = subprocess.run([sys.executable, "-c", script], env=environ, capture_output=True, check=True)
    assert b"gr\\xf6\\xdfer \\U0001f680 \\ud800" in done.stdout
