"""Settings: one reading of options, the action's inputs and variables, in that order."""

from typing import Any

import pytest

from deployer.config.inputs import INPUTS
from deployer.config.reader import read, read_local, secrets_in
from deployer.model.errors import UsageError
from deployer.model.secret import Secret


def test_defaults_are_those_of_the_list() -> None:
    settings = read({}, {})
    assert (settings.mode, settings.selection.manifest, settings.deploy.release) == ("auto", "flowship.yml", "")
    assert (settings.limits.concurrency, settings.limits.timeout) == (8, 600)
    assert (settings.credentials.api_key, settings.credentials.keys, settings.secrets, settings.given) == (None, {}, (), frozenset())


def test_every_input_is_read() -> None:
    asked: set[str] = set()

    class Environ(dict[str, str]):
        def get(self, name: str, default: Any = None) -> Any:
            asked.add(name)
            return super().get(name, default)

    read({}, Environ())
    assert {row.action_variable for row in INPUTS} <= asked


def test_option_before_input_before_variable() -> None:
    environ = {"INPUT_MESSAGE": "input", "FLOWSHIP_MESSAGE": "variable"}
    assert read({"message": "option"}, environ).deploy.message == "option"
    assert read({}, environ).deploy.message == "input"
    assert read({}, {"FLOWSHIP_MESSAGE": "variable"}).deploy.message == "variable"


def test_empty_value_counts_as_none() -> None:
    assert read({}, {"INPUT_MODE": "", "INPUT_API-KEY": "  ", "FLOWSHIP_API_KEY": "sandbox-x"}).credentials.api_key is not None
    assert read({}, {"INPUT_MODE": ""}).mode == "auto"


def test_hyphens_stay_in_inputs_and_become_underscores_in_variables() -> None:
    assert read({}, {"INPUT_PLAN-HASH": "AB" * 32}).deploy.plan_hash == "ab" * 32
    assert read({}, {"FLOWSHIP_PLAN_HASH": "ab" * 32}).deploy.plan_hash == "ab" * 32


def test_keys_from_lines_and_from_variables() -> None:
    lines = "A=one-key\n\n# a comment\nB = two=key \nEMPTY=\n"
    settings = read({}, {"INPUT_KEYS": lines, "FLOWSHIP_KEY_C": "three-key", "FLOWSHIP_KEY_A": "other-key"})
    assert {name: key.reveal() for name, key in settings.credentials.keys.items()} == {"A": "one-key", "B": "two=key", "C": "three-key"}


def test_no_secret_shows_when_settings_are_printed() -> None:
    settings = read({}, {"FLOWSHIP_KEYS": "A=topsecret", "FLOWSHIP_API_KEY": "topsecret", "FLOWSHIP_GITHUB_TOKEN": "topsecret"})
    assert "topsecret" not in repr(settings)


@pytest.mark.parametrize(("given", "meant"), [("false", "never"), ("true", "always"), ("force", "force"), ("on-tag", "on-tag")])
def test_release_words(given: str, meant: str) -> None:
    assert read({"release": given}, {}).deploy.release == meant


@pytest.mark.parametrize(
    ("options", "word"),
    [
        ({"release": "onn-tag"}, "`on-tag`"),
        ({"annotations": "yes"}, "true, false"),
        ({"mode": "plann"}, "`plan`"),
        ({"mode": "sandbox"}, "command of the command line"),
        ({"concurrency": "1.5"}, "whole number"),
        ({"concurrency": "65"}, "1 to 64"),
        ({"timeout": "inf"}, "1 to 21600"),
        ({"state": "github"}, "needs `GITHUB_REPOSITORY`, `FLOWSHIP_GITHUB_TOKEN`"),
        ({"prune": "yes"}, "false, true, force"),
        ({"prune": "true", "only": "a"}, "`--only` do not go together"),
        ({"prune": "force", "shard": "1/2"}, "`--shard` do not go together"),
        ({"prune": "true", "files": "a.flow"}, "`--files` do not go together"),
        ({"shard": "3/2"}, "which one, of how many"),
        ({"shard": "x"}, "which one, of how many"),
        ({"shard": "1/257"}, "which one, of how many"),
        ({"shards": "257"}, "1 to 256"),
        ({"shards": "0"}, "1 to 256"),
    ],
)
def test_invalid_value_is_refused_with_a_fix(options: dict[str, str], word: str) -> None:
    with pytest.raises(UsageError) as refused:
        read(options, {})
    assert word in str(refused.value)
    assert refused.value.fix


@pytest.mark.parametrize(
    ("environ", "action"),
    [({}, False), ({"GITHUB_ACTIONS": "true"}, False), ({"GITHUB_ACTIONS": "true", "INPUT_MODE": ""}, True), ({"INPUT_MODE": "plan"}, False)],
)
def test_action_is_recognised_by_its_inputs(environ: dict[str, str], action: bool) -> None:
    assert read({}, environ).in_action is action


def test_shard_one_of_one_is_the_whole() -> None:
    settings = read({"shard": "1/1", "prune": "true", "shards": "3"}, {})
    assert (settings.selection.shard, settings.deploy.prune, settings.limits.shards, "shard" in settings.given) == ((1, 1), "true", 3, True)
    assert read({}, {}).limits.shards == 0


def test_words_are_separated_by_lines_or_commas() -> None:
    settings = read({"only": "a, b\nc,,", "files": "flows/a, b.flow\n x.yaml "}, {})
    assert (settings.selection.only, settings.selection.files) == (("a", "b", "c"), ("flows/a, b.flow", "x.yaml"))


def test_malformed_line_of_keys_is_numbered_and_not_shown() -> None:
    with pytest.raises(UsageError) as refused:
        read({}, {"FLOWSHIP_KEYS": "A=fine\nsomebody's-key"})
    assert "Line 2 of `FLOWSHIP_KEYS`" in str(refused.value)
    assert "somebody" not in str(refused.value)


@pytest.mark.parametrize("key", ["two words", "tab\there", "ünicode", "nul\0"])
def test_key_with_invalid_characters_is_refused_and_not_shown(key: str) -> None:
    with pytest.raises(UsageError) as refused:
        read({}, {"FLOWSHIP_KEY_A": key})
    assert key not in str(refused.value)


def test_with_sandbox_moves_both_platforms_and_keeps_no_state() -> None:
    settings = read({"gptbots-base-url": "https://a.example", "endpoint": "jp"}, {}).with_sandbox("http://127.0.0.1:1")
    assert settings.addresses[:3] == ("jp", "http://127.0.0.1:1", "http://127.0.0.1:1")
    assert settings.state == "none"


def test_secrets_are_all_keys_and_the_token() -> None:
    environ = {"FLOWSHIP_KEYS": "A=first-key\nB=second-key", "FLOWSHIP_API_KEY": "third-key", "FLOWSHIP_GITHUB_TOKEN": "token"}
    environ["FLOWSHIP_MESSAGE"] = "text"
    assert sorted(secret.reveal() for secret in read({}, environ).secrets) == ["first-key", "second-key", "third-key", "token"]


def test_secrets_are_found_in_inputs_that_cannot_be_read() -> None:
    environ = {"INPUT_KEYS": "A=one\nnot a pair\nC='in quotes'", "FLOWSHIP_KEY_B": "two", "INPUT_MESSAGE": "three"}
    texts = {secret.reveal() for secret in secrets_in(environ)}
    assert {"one", "not a pair", "two", "in quotes"} <= texts
    assert "three" not in texts


def test_values_may_not_be_keys() -> None:
    environ: dict[str, Any] = {"FLOWSHIP_KEYS": "A=the-key", "FLOWSHIP_VALUES": "MAIL=the-key"}
    with pytest.raises(UsageError, match="The value MAIL"):
        read({}, environ)


ON_GITHUB = {"GITHUB_REPOSITORY": "acme/flows", "INPUT_GITHUB-TOKEN": "t", "GITHUB_API_URL": "https://github.example/api/v3"}


@pytest.mark.parametrize(
    ("environ", "kind"),
    [
        ({}, "file"),
        (ON_GITHUB, "file"),
        ({**ON_GITHUB, "GITHUB_ACTIONS": "true"}, "github"),
        ({**ON_GITHUB, "GITHUB_ACTIONS": "true", "INPUT_GITHUB-TOKEN": ""}, "file"),
        ({**ON_GITHUB, "GITHUB_ACTIONS": "true", "INPUT_STATE": "none"}, "none"),
        ({**ON_GITHUB, "FLOWSHIP_STATE": "github"}, "github"),
    ],
)
def test_state_is_on_github_in_the_action_and_a_file_elsewhere(environ: dict[str, str], kind: str) -> None:
    settings = read({}, environ)
    assert settings.state == kind
    assert settings.github.api_url == environ.get("GITHUB_API_URL", "")


def test_quotes_around_keys_and_values_are_taken_off_with_a_notice() -> None:
    environ = {
        "INPUT_KEYS": 'A="first-key"\nB=\'second-key\'\nC=in"side"\nD="half-open\nE=""',
        "FLOWSHIP_KEY_F": "'sixth-key'",
        "INPUT_API-KEY": '"the-only-key"',
        "INPUT_VALUES": "MAIL='a@b.example'\nTEXT=don't",
    }
    settings = read({}, environ)
    keys = {"A": "first-key", "B": "second-key", "C": 'in"side"', "D": '"half-open', "F": "sixth-key"}
    assert {name: key.reveal() for name, key in settings.credentials.keys.items()} == keys
    assert settings.credentials.api_key == Secret("the-only-key")
    assert settings.selection.values == {"MAIL": "a@b.example", "TEXT": "don't"}
    quoted = [notice.removeprefix("The quotes around ").partition(" do not")[0] for notice in settings.notices]
    assert quoted == ["the key A", "the key B", "the key E", "the key F", "the value MAIL", "`api-key`"]


@pytest.mark.parametrize("environ", [{"INPUT_KEYS": "A=five5"}, {"INPUT_KEYS": 'A="five5"'}, {"FLOWSHIP_KEY_A": "a"}, {"FLOWSHIP_API_KEY": "12345"}])
def test_key_too_short_to_be_hidden_is_refused(environ: dict[str, str]) -> None:
    with pytest.raises(UsageError, match="has fewer than 6 characters") as refusal:
        read({}, environ)
    assert not any(value.strip('"').removeprefix("A=").strip('"') in str(refusal.value) for value in environ.values() if len(value) > 1)


def test_key_of_six_characters_is_taken() -> None:
    assert read({}, {"FLOWSHIP_KEY_A": "sixsix"}).credentials.keys == {"A": Secret("sixsix")}


@pytest.mark.parametrize(
    ("options", "environ", "named"),
    [
        ({"release": "alway"}, {}, "`--release` is 'alway'. Did you mean `always`?"),
        ({}, {"FLOWSHIP_RELEASE": "alway"}, "`FLOWSHIP_RELEASE` is 'alway'."),
        ({}, {"INPUT_RELEASE": "alway", "GITHUB_ACTIONS": "true"}, "`release` is 'alway'."),
        ({}, {"FLOWSHIP_RELEASE": "alway", "GITHUB_ACTIONS": "true", "INPUT_MODE": "plan"}, "`FLOWSHIP_RELEASE` is 'alway'."),
        ({}, {"FLOWSHIP_PRUNE": "true", "INPUT_ONLY": "a"}, "`FLOWSHIP_PRUNE` and `--only` do not go together"),
        ({"only": ""}, {}, "`--only` is empty."),
    ],
)
def test_wrong_value_is_told_as_it_was_given(options: dict[str, str], environ: dict[str, str], named: str) -> None:
    with pytest.raises(UsageError) as refused:
        read(options, environ)
    assert named in refused.value.message


def test_wrong_release_lists_the_words_of_the_docs_and_no_alias() -> None:
    with pytest.raises(UsageError) as refused:
        read({"release": "alway"}, {})
    assert refused.value.fix == "Use one of: never, on-tag, always, force."


@pytest.mark.parametrize("value", ["1f3c9a", "0" * 63, "g" * 64])
def test_part_of_a_plan_hash_is_refused(value: str) -> None:
    with pytest.raises(UsageError, match="a plan's hash has 64 digits") as refused:
        read({"plan-hash": value}, {})
    assert refused.value.message.startswith(f"`--plan-hash` is '{value}'")


@pytest.mark.parametrize(
    ("variable", "meant"), [("FLOWSHIP_RELAESE", "FLOWSHIP_RELEASE"), ("FLOWSHIP_KEY", "FLOWSHIP_KEYS"), ("FLOWSHIP_ENV", "FLOWSHIP_ENVIRONMENT")]
)
def test_mistyped_variable_is_refused(variable: str, meant: str) -> None:
    with pytest.raises(UsageError) as refused:
        read({}, {variable: "always"})
    assert refused.value.message == f"There is no variable {variable}. Did you mean `{meant}`?"
    with pytest.raises(UsageError) as of_a_local_command:
        read_local((), {}, {variable: "x"})
    assert of_a_local_command.value.message == refused.value.message


def test_variables_of_others_are_left_alone() -> None:
    assert read({}, {"FLOWSHIP_GOLDEN": "write", "FLOWSHIP_DEBUG": "1", "FLOWSHIP_KEYS_PRODUCTION": "x", "FLOWSHIP_VERSION": "2"}).mode == "auto"


def test_options_of_the_command_line_are_variables_too() -> None:
    flags = dict.fromkeys(("FLOWSHIP_YES", "FLOWSHIP_EXIT_CODE", "FLOWSHIP_NOTES", "FLOWSHIP_FROM_LOGS"), "true")
    settings = read({}, {**flags, "FLOWSHIP_TAG": "a b"})
    assert (settings.deploy.yes, settings.outputs.exit_code, settings.outputs.notes) == (True, True, True)
    assert (settings.evals.record, settings.evals.tags) == ("logs", ("a", "b"))
    assert read({"record": "true"}, {}).evals.record == "answers"
    assert read({}, {"FLOWSHIP_YES": "true"}).variables == {"yes"}
