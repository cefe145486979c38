"""The terminal, plain and live, fed with markup, control sequences and hostile names."""

import io
import re
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from deployer.model.console import Console
from deployer.publish.terminal import LiveConsole, PlainConsole, open_console

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
            advance(text)
            to.line("between")
            advance(text)


def test_a_pipe_is_plain() -> None:
    stream = io.StringIO()
    speak(open_console(stream, {}), "[bold]x[/bold]\n\x1b[31m")
    shown = "[bold]x[/bold]\\n\\x1b[31m"
    assert stream.getvalue() == f"{shown}\nerror: {shown}\nbetween\n"


@pytest.mark.parametrize(
    ("environ", "kind"), [({}, LiveConsole), ({"TERM": "xterm"}, LiveConsole), ({"TERM": "dumb"}, PlainConsole), ({"NO_COLOR": "1"}, LiveConsole)]
)
def test_what_a_terminal_gets(environ: dict[str, str], kind: type) -> None:
    assert type(open_console(Screen(), environ)) is kind


def test_a_terminal_shows_text_as_it_is() -> None:
    screen = Screen()
    speak(open_console(screen, {}), f"[red]{HOSTILE}[/red] [link=http://evil.example]x[/link]")
    plain = CONTROL.sub("", screen.getvalue())
    assert "error: [red]a|b\\n::error::x" in plain
    assert "[link=http://evil.example]x[/link]" in plain
    assert ":tada:" in plain
    assert "\x1b]8" not in screen.getvalue()
    assert "\x1b[1;31merror:" in screen.getvalue()
    assert "2/2" in plain


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


@pytest.mark.parametrize("kind", ["PlainConsole", "LiveConsole"])
def test_a_stream_that_knows_only_ascii(kind: str) -> None:
    script = f"import sys; from deployer.publish.terminal import {kind}; {kind}(sys.stdout).line('größer 🚀 \\ud800')"
    environ = {"PYTHONPATH": str(REPOSITORY), "PYTHONIOENCODING": "ascii", "PYTHONUTF8": "0"}
    done = subprocess.run([sys.executable, "-c", script], env=environ, capture_output=True, check=True)
    assert b"gr\\xf6\\xdfer \\U0001f680 \\ud800" in done.stdout
