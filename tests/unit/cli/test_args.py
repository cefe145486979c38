"""Arguments: words and options become inputs by name."""

import re
import shlex

import pytest

from deployer.cli.args import LINT_DEFAULTS, OPTION_SYNONYMS, SYNONYMS, CommandLine, parse, rows_of
from deployer.cli.help import command_help
from deployer.config.inputs import BY_NAME, INPUTS, LOCAL_COMMANDS, MODES
from deployer.config.options import COMMANDS_OF, COMMON, EXAMPLES, GROUPS
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
    assert options("eval", "--record") == {"mode": "eval", "record": "true"}
    assert options("eval", "--from-logs", "--tag", "x", "--tag", "y") == {"mode": "eval", "from-logs": "true", "tag": "x\ny"}
    with pytest.raises(UsageError, match="These have it: eval"):
        parse(["plan", "--record"], {})


@pytest.mark.parametrize("secret", [row.name for row in INPUTS if row.secret])
def test_keys_have_no_option(secret: str) -> None:
    with pytest.raises(UsageError):
        parse(["plan", f"--{secret}", "x"], {})


@pytest.mark.parametrize("option", ["--keys", "--api-key", "--key=x"])
def test_option_for_a_key_names_the_variables_and_no_other_option(option: str) -> None:
    with pytest.raises(UsageError, match="keys are not taken from the command line") as refused:
        parse(["deploy", option, "x"], {})
    assert "FLOWSHIP_KEYS" in refused.value.fix
    assert "Did you mean" not in str(refused.value)


def test_mistyped_option_is_suggested_and_never_guessed() -> None:
    with pytest.raises(UsageError, match="--plan-hsh") as refused:
        parse(["plan", "--plan-hsh", "x"], {})
    assert refused.value.fix == "Did you mean `--plan-hash`?"
    with pytest.raises(UsageError):
        parse(["plan", "--plan-ha", "x"], {})


def test_unknown_command_is_suggested(capsys: pytest.CaptureFixture[str]) -> None:
    assert parse(["deplyo"], {}) == 2
    assert capsys.readouterr().err == "flowship: unknown command 'deplyo'. Fix: Did you mean `deploy`?\n"
    assert parse(["nope"], {}) == 2
    assert capsys.readouterr().err == "flowship: unknown command 'nope'. Fix: `flowship --help` lists the commands.\n"


def test_option_before_the_command_is_told_its_place(capsys: pytest.CaptureFixture[str]) -> None:
    assert parse(["--environment", "staging", "plan"], {}) == 2
    assert "Fix: Write the command first: flowship COMMAND" in capsys.readouterr().err


@pytest.mark.parametrize(("typed", "meant"), [("apply", "deploy"), ("validate", "lint"), ("destroy", "deploy --prune"), ("Test", "eval")])
def test_other_programs_word_for_a_command_is_suggested(typed: str, meant: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert parse([typed], {}) == 2
    assert f"Did you mean `flowship {meant}`?" in capsys.readouterr().err


def test_synonyms_lead_to_commands_and_options_that_exist() -> None:
    assert {meant.split()[0] for meant in SYNONYMS.values()} <= {*MODES, *LOCAL_COMMANDS, "--version"}
    assert not SYNONYMS.keys() & {*MODES, *LOCAL_COMMANDS}
    assert {meant.removeprefix("--") for meant in OPTION_SYNONYMS.values()} <= BY_NAME.keys()


def test_other_programs_option_is_suggested_where_the_command_has_ours() -> None:
    with pytest.raises(UsageError) as refused:
        parse(["deploy", "--auto-approve"], {})
    assert refused.value.fix == "Did you mean `--yes`?"
    with pytest.raises(UsageError) as refused:
        parse(["plan", "--auto-approve"], {})
    assert refused.value.fix == "`flowship plan --help-all` lists its options."


def test_option_of_another_command_is_refused_with_its_commands() -> None:
    with pytest.raises(UsageError, match=r"--prune is no option of `flowship eval`\. These have it: plan, deploy"):
        parse(["eval", "--prune"], {})


@pytest.mark.parametrize(
    ("typed", "fix"),
    [
        ("deploy triage", "Name workflows with `--only NAME`, several with commas between them."),
        ("plan --only triage onboarding", "Name workflows with `--only NAME`, several with commas between them."),
        ("deploy --prune yes", "After --prune, write nothing or one of: false, true, force."),
        ("sandbox extra", "`flowship sandbox --help-all` lists its options."),
    ],
)
def test_word_that_is_no_option_is_refused_with_what_stands_there(typed: str, fix: str) -> None:
    with pytest.raises(UsageError) as refused:
        parse(typed.split(), {})
    command, word = typed.split(maxsplit=1)[0], typed.rsplit(maxsplit=1)[-1]
    assert (refused.value.message, refused.value.fix) == (f"`flowship {command}` does not take the word {word!r} there.", fix)


def test_option_without_its_value_is_named() -> None:
    with pytest.raises(UsageError, match=r"^`--html` needs a value\."):
        parse(["show", "--html"], {})


def test_help_names_every_command_in_a_line(capsys: pytest.CaptureFixture[str]) -> None:
    assert (parse(["--help"], {}), parse([], {})) == (0, 2)
    lines = capsys.readouterr().out.splitlines()
    for name in MODES | LOCAL_COMMANDS:
        assert sum(line.startswith(f"  {name} ") for line in lines) == 2
    assert max(map(len, lines)) <= 80


def help_of(command: str, everything: bool = False, columns: int = 80) -> str:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("COLUMNS", str(columns))
        return command_help(command, rows_of(command), everything=everything)


@pytest.mark.parametrize("command", [*MODES, *LOCAL_COMMANDS])
def test_help_of_a_command_is_short_and_has_an_example_and_the_page(command: str) -> None:
    lines = help_of(command).splitlines()
    assert len(lines) < 25
    assert max(map(len, lines)) <= 80
    assert lines[-1].endswith("docs/command-line.md")
    assert f"  {EXAMPLES[command][0]}" in lines


@pytest.mark.parametrize("command", [*MODES, *LOCAL_COMMANDS])
def test_whole_help_lists_each_option_once_and_no_other(command: str) -> None:
    listed = re.findall(r"^  --([a-z-]+)", help_of(command, everything=True), re.MULTILINE)
    assert sorted(listed) == sorted(row.name for row in rows_of(command))
    assert set(re.findall(r"^  --([a-z-]+)", help_of(command), re.MULTILINE)) <= set(listed)


@pytest.mark.parametrize("example", [example for examples in EXAMPLES.values() for example in examples])
def test_examples_are_commands(example: str) -> None:
    assert isinstance(parse(shlex.split(example.partition(" >")[0])[1:], {}), CommandLine)


def test_table_of_options_names_inputs_and_commands_that_exist() -> None:
    assert COMMANDS_OF.keys() <= BY_NAME.keys()
    assert {command for commands in COMMANDS_OF.values() for command in commands.split()} <= {*MODES, "show"}
    assert {name for names in GROUPS.values() for name in names.split()} <= BY_NAME.keys()
    for command, names in COMMON.items():
        assert set(names.split()) <= {row.name for row in rows_of(command)}, command


def test_variables_are_options_of_every_command() -> None:
    lint = parse(["lint"], {"FLOWSHIP_FORMAT": "json", "FLOWSHIP_NOTES": "true", "FLOWSHIP_MANIFEST": "a.yml"})
    assert isinstance(lint, CommandLine)
    assert lint.options == {"mode": "lint", "root": ".", "manifest": "a.yml", "notes": "true", "format": "json"}
    sandbox = parse(["sandbox", "--host", "::1"], {"FLOWSHIP_PORT": "0", "FLOWSHIP_HOST": "127.0.0.2"})
    assert isinstance(sandbox, CommandLine)
    assert (sandbox.options["port"], sandbox.options["host"]) == ("0", "::1")
    with pytest.raises(UsageError, match=r"`FLOWSHIP_FORMAT` is 'jsn'\. Did you mean `json`"):
        parse(["lint"], {"FLOWSHIP_FORMAT": "jsn"})
    with pytest.raises(UsageError, match="`--format` is 'jsn'"):
        parse(["lint", "--format", "jsn"], {"FLOWSHIP_FORMAT": "json"})


@pytest.mark.parametrize("words", [[], ["manifset"], ["flow", "evals"]])
def test_schema_takes_one_known_name(words: list[str]) -> None:
    with pytest.raises(UsageError) as refused:
        parse(["schema", *words], {})
    assert refused.value.fix == "Use one of: manifest, workflow, flow, evals, report."


def test_without_arguments_the_environment_chooses() -> None:
    assert parse([], {"FLOWSHIP_MODE": "plan"}) == CommandLine("auto")
    assert parse([], {"GITHUB_ACTIONS": "true", "INPUT_MODE": "plan"}) == CommandLine("auto", in_action=True)


def test_lint_without_options_needs_no_parser() -> None:
    assert parse(["lint", "a.flow"], {}) == CommandLine("lint", {"mode": "lint", **LINT_DEFAULTS}, ("a.flow",))
