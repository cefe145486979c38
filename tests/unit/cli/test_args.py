"""Arguments: words and options become inputs by name."""

import pytest

from deployer.cli.args import CommandLine, parse
from deployer.config.inputs import INPUTS, LOCAL_COMMANDS, MODES
from deployer.model.errors import UsageError


def options(*arguments: str) -> dict[str, str]:
    parsed = parse(list(arguments), {})
    assert isinstance(parsed, CommandLine)
    return dict(parsed.options)


def test_repeated_options_become_lines() -> None:
    assert options("plan", "--only", "a", "--only", "b") == {"mode": "plan", "only": "a\nb"}


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (["adopt", "--dry-run", "onboarding"], {"mode": "adopt", "dry-run": "true", "only": "onboarding"}),
        (["adopt", "--dry-run", "false", "onboarding"], {"mode": "adopt", "dry-run": "false", "only": "onboarding"}),
        (["deploy", "--dry-run"], {"mode": "deploy", "dry-run": "true"}),
    ],
)
def test_flag_takes_only_its_own_values(arguments: list[str], expected: dict[str, str]) -> None:
    assert options(*arguments) == expected


def test_words_extend_the_option_they_stand_for() -> None:
    assert options("eval", "a", "--only", "b")["only"] == "b\na"
    assert options("report", "one.json", "two.json")["files"] == "one.json\ntwo.json"


def test_record_and_from_logs_are_of_eval_alone() -> None:
    assert options("eval", "--record")["record"] == "answers"
    assert options("eval", "--from-logs", "--tag", "x")["record"] == "logs"
    with pytest.raises(UsageError):
        parse(["plan", "--record"], {})


@pytest.mark.parametrize("secret", [row.name for row in INPUTS if row.secret])
def test_keys_have_no_option(secret: str) -> None:
    with pytest.raises(UsageError):
        parse(["plan", f"--{secret}", "x"], {})


def test_mistyped_option_is_suggested_and_never_guessed() -> None:
    with pytest.raises(UsageError, match="Did you mean `--plan-hash`"):
        parse(["plan", "--plan-hsh", "x"], {})
    with pytest.raises(UsageError):
        parse(["plan", "--plan-ha", "x"], {})


def test_unknown_command_is_suggested(capsys: pytest.CaptureFixture[str]) -> None:
    assert parse(["deplyo"], {}) == 2
    assert "Did you mean `deploy`" in capsys.readouterr().err


def test_help_names_every_command(capsys: pytest.CaptureFixture[str]) -> None:
    assert (parse(["--help"], {}), parse([], {})) == (0, 2)
    lines = capsys.readouterr().out.splitlines()
    for name, text in (MODES | LOCAL_COMMANDS).items():
        assert lines.count(f"  {name:<9} {text}") == 2


def test_without_arguments_the_environment_chooses() -> None:
    assert parse([], {"FLOWSHIP_MODE": "plan"}) == CommandLine("auto")
    assert parse([], {"GITHUB_ACTIONS": "true", "INPUT_MODE": "plan"}) == CommandLine("auto", in_action=True)


def test_lint_without_options_needs_no_parser() -> None:
    assert parse(["lint", "a.flow"], {}) == CommandLine("lint", {"mode": "lint", "root": ".", "manifest": "flowship.yml"}, ("a.flow",))
